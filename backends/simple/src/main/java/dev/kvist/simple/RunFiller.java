package dev.kvist.simple;

/** Adds the keys of a new run to its builder, in order. */
@FunctionalInterface
interface RunFiller {
  void fill(RunBuilder builder);
}
