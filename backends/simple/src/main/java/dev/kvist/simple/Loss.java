package dev.kvist.simple;

import dev.kvist.spi.Quantity;
import java.util.Locale;

/**
 * A stretch of a log in which records may have been that nobody can read.
 *
 * @param place the file with the range of bytes, or where in the log it is
 * @param bytes how many bytes there are
 * @param counter no record there had a higher one
 * @param records how many records there were; -1 when that cannot be told
 * @param current how many of them were the newest of their keys; -1 when that cannot be told
 * @param indexed whether the index has all of them that were the newest of their keys
 * @param proven whether something says that records were there; else it may be the end that a crash
 *     leaves
 */
record Loss(
    String place,
    long bytes,
    long counter,
    long records,
    int current,
    boolean indexed,
    boolean proven) {
  static final long ANY_COUNTER = Long.MAX_VALUE;

  /** Whether it means that some record is gone which was there. */
  boolean isReal() {
    return proven && records != 0;
  }

  static String place(Segment segment, long from, long to) {
    return String.format(Locale.ROOT, "%s, bytes %d to %d", segment.name(), from, to);
  }

  @Override
  public String toString() {
    if (!proven) {
      return place + ": an unfinished end, as a crash leaves it";
    }
    if (records == 0) {
      return place + ": no record is missing";
    }
    String count = records < 0 ? "records" : records + " " + Quantity.noun(records, "record");
    return place + ": " + count + " cannot be read; " + which();
  }

  private String which() {
    if (current < 0) {
      return "of which " + Quantity.noun(records, "key") + " is not known";
    }
    if (records == 1) {
      return "it was " + (current == 0 ? "not " : "") + "the newest of its key";
    }
    return switch (current) {
      case 0 -> "none of them was the newest of its key";
      case 1 -> "1 of them was the newest of its key";
      default -> current + " of them were the newest of their keys";
    };
  }
}
