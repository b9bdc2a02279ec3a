/** The {@code simple} engine: a log-structured store with its index in memory. */
@NullMarked
package dev.kvist.simple;

import org.jspecify.annotations.NullMarked;
