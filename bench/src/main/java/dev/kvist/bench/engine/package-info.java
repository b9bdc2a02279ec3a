/** The engines under test behind one small interface: Kvist's own, its peers, and the bounds. */
@NullMarked
package dev.kvist.bench.engine;

import org.jspecify.annotations.NullMarked;
