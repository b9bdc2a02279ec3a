@NullMarked
package dev.kvist.metrics;

import org.jspecify.annotations.NullMarked;
