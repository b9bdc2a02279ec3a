/**
 * The fleet backend: buckets on NATS JetStream, opened by {@code nats://} and {@code tls://} URIs.
 */
@NullMarked
package dev.kvist.nats;

import org.jspecify.annotations.NullMarked;
