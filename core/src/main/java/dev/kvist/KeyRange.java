package dev.kvist;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which keys of a bucket a scan returns, in which order, and how many. Immutable; start at {@link
 * #all} or {@link #prefix}. Conditions add up: a key must fulfil all of them. Order and {@code
 * from}, {@code to}, {@code reversed} need {@link Capability#ORDERED_SCAN}; elsewhere they fail
 * with {@link KvException.Unsupported}.
 */
public final class KeyRange {
  private static final KeyRange ALL =
      new KeyRange(new byte[0], null, null, null, false, Long.MAX_VALUE);

  private final byte[] prefix;
  private final byte @Nullable [] from;
  private final byte @Nullable [] to;
  private final @Nullable ScanPosition after;
  private final boolean reversed;
  private final long limit;

  private KeyRange(
      byte[] prefix,
      byte @Nullable [] from,
      byte @Nullable [] to,
      @Nullable ScanPosition after,
      boolean reversed,
      long limit) {
    this.prefix = prefix;
    this.from = from;
    this.to = to;
    this.after = after;
    this.reversed = reversed;
    this.limit = limit;
  }

  /** Every key. */
  public static KeyRange all() {
    return ALL;
  }

  /** Keys that start with these bytes. */
  public static KeyRange prefix(byte[] prefix) {
    Objects.requireNonNull(prefix, "prefix");
    return new KeyRange(prefix.clone(), null, null, null, false, Long.MAX_VALUE);
  }

  /**
   * From this key on, itself included, in unsigned byte order: {@code KeyRange.all().from(key)}.
   */
  public KeyRange from(byte[] key) {
    return new KeyRange(prefix, key.clone(), to, after, reversed, limit);
  }

  /** Up to this key, itself not included. */
  public KeyRange to(byte[] key) {
    return new KeyRange(prefix, from, key.clone(), after, reversed, limit);
  }

  /**
   * Behind the position of an earlier scan, in this range's direction. Null starts at the
   * beginning.
   */
  public KeyRange after(@Nullable ScanPosition position) {
    return new KeyRange(prefix, from, to, position, reversed, limit);
  }

  /** In descending order. */
  public KeyRange reversed() {
    return new KeyRange(prefix, from, to, after, true, limit);
  }

  /**
   * At most this many.
   *
   * @throws IllegalArgumentException when it is not positive
   */
  public KeyRange limit(long limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("a limit is at least 1, and is " + limit);
    }
    return new KeyRange(prefix, from, to, after, reversed, limit);
  }

  /** The prefix, maybe empty; a copy. */
  public byte[] prefix() {
    return prefix.clone();
  }

  /** The lower bound, included; null for none; a copy. */
  public byte @Nullable [] from() {
    return from == null ? null : from.clone();
  }

  /** The upper bound, not included; null for none; a copy. */
  public byte @Nullable [] to() {
    return to == null ? null : to.clone();
  }

  /** The position behind which to start; null for the beginning. */
  public @Nullable ScanPosition after() {
    return after;
  }

  /** Whether the order is descending. */
  public boolean isReversed() {
    return reversed;
  }

  /** The greatest number of elements; {@link Long#MAX_VALUE} for no limit. */
  public long limit() {
    return limit;
  }

  /** The conditions that there are, keys in text form. */
  @Override
  public String toString() {
    var text = new StringBuilder(prefix.length == 0 ? "all keys" : "prefix ");
    text.append(KeyText.print(prefix));
    if (from != null) {
      text.append(" from ").append(KeyText.print(from));
    }
    if (to != null) {
      text.append(" to ").append(KeyText.print(to));
    }
    if (after != null) {
      text.append(" after ").append(after);
    }
    if (limit != Long.MAX_VALUE) {
      text.append(" limit ").append(limit);
    }
    return reversed ? text.append(" reversed").toString() : text.toString();
  }
}
