/**
 * The bucket view: eight calls over buckets of binary keys and values, static functions over the
 * stores that an application registered, and membership filters.
 *
 * <p>Start at {@link dev.kvist.bucket.Kv}. Versions, conditions, deadlines and watches are on
 * {@link dev.kvist.Connection}, of which {@link dev.kvist.bucket.BucketStore#of} is a view.
 */
@NullMarked
package dev.kvist.bucket;

import org.jspecify.annotations.NullMarked;
