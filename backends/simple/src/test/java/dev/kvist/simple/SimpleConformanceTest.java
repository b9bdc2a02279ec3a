package dev.kvist.simple;

import dev.kvist.tck.ConnectionContract;

/** The contract, kept by {@code simple:}. */
final class SimpleConformanceTest implements TemporaryPlace, ConnectionContract {}
