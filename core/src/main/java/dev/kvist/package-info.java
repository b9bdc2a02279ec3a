/**
 * The API of Kvist: connections, buckets, the roles of a bucket, and what they hand out.
 *
 * <p>Start at {@link dev.kvist.Kvist#open}. The contract that every backend keeps, K1 to K12, is in
 * {@code docs/contract.md}; Javadoc names the clause where it matters. Everything public is safe
 * for many threads unless it says otherwise. Absence is {@code null}, never an error. Arrays passed
 * in are copied before a call returns; arrays handed out belong to the caller.
 */
@NullMarked
package dev.kvist;

import org.jspecify.annotations.NullMarked;
