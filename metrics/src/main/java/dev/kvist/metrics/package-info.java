/** Kvist's figures as Micrometer's meters. The door is {@link KvistMetrics}. */
@NullMarked
package dev.kvist.metrics;

import org.jspecify.annotations.NullMarked;
