package dev.kvist.simple;

/** Who takes a file of {@link Spares}. */
enum SpareUse {
  /** What compaction keeps: gives back more than it takes. */
  COMPACTION(1),

  /** Deletes and purges: must not take the last one, or nothing would ever give space back. */
  DELETE(2),

  /** The first put of an epoch, which needs a segment even if the last one has room. */
  BEGIN(3),
  PUT(3);

  /**
   * How many must be ready then, where room is scarce: the others of them are left. Elsewhere one
   * is enough, since others can be made any time.
   */
  final int needed;

  SpareUse(int needed) {
    this.needed = needed;
  }

  /** Whether the limits of the store hold for it: what gives space back must not be stopped. */
  boolean keepsLimits() {
    return this == PUT || this == BEGIN;
  }
}
