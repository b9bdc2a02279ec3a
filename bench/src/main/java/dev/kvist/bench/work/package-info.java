/** What is done to an engine in a process of its own, and measured there. */
@NullMarked
package dev.kvist.bench.work;

import org.jspecify.annotations.NullMarked;
