package dev.kvist.bench;

import java.util.List;

/** A data set that does not fit into the cache that engines get for it. */
record LargeSet(long entries, int valueBytes) {
  private static final List<LargeSet> ALL =
      List.of(
          new LargeSet(20_000_000, 100),
          new LargeSet(2_000_000, 1024),
          new LargeSet(50_000, 64 << 10));

  @Override
  public String toString() {
    return entries + " x " + valueBytes + " B";
  }

  /** All of them with a share of their entries. */
  static List<LargeSet> scaled(double share) {
    return ALL.stream()
        .map(set -> new LargeSet(Math.max(1, Math.round(set.entries * share)), set.valueBytes))
        .toList();
  }
}
