/** Benchmarks of Kvist beside its peers. */
@NullMarked
package dev.kvist.bench;

import org.jspecify.annotations.NullMarked;
