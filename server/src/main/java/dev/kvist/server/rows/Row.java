package dev.kvist.server.rows;

import dev.kvist.KvEntry;

/** One row as read: what to do with a key. Its arrays belong to whoever got it. */
public final class Row {
  /** What a row says. */
  public enum Op {
    /** The key has this value. */
    PUT,
    /** The key was deleted. */
    DELETE,
    /** The key was purged. */
    PURGE
  }

  private static final byte[] NOTHING = {};

  private final long line;
  private final Op op;
  private final byte[] key;
  private final byte[] value;
  private final long expiresMillis;
  private final boolean compressed;

  private Row(long line, Op op, byte[] key, byte[] value, long expiresMillis, boolean compressed) {
    this.line = line;
    this.op = op;
    this.key = key;
    this.value = value;
    this.expiresMillis = expiresMillis;
    this.compressed = compressed;
  }

  static Row put(long line, byte[] key, byte[] value, long expiresMillis, boolean compressed) {
    return new Row(line, Op.PUT, key, value, expiresMillis, compressed);
  }

  static Row put(long line, byte[] key, byte[] value) {
    return put(line, key, value, KvEntry.NEVER, false);
  }

  /** A row that puts what an entry holds. */
  public static Row of(KvEntry entry) {
    return put(0, entry.key(), entry.value(), entry.expiresMillis(), entry.compressed());
  }

  static Row removal(long line, Op op, byte[] key) {
    return new Row(line, op, key, NOTHING, KvEntry.NEVER, false);
  }

  /** The same, said to be an LZ4 pair. */
  public Row asCompressed() {
    return new Row(line, op, key, value, expiresMillis, true);
  }

  /** The number of its first line, from 1; 0 when it comes from no text. */
  public long line() {
    return line;
  }

  /** What it says. */
  public Op op() {
    return op;
  }

  /** The key. */
  public byte[] key() {
    return key;
  }

  /** The value; empty unless it is a put. */
  public byte[] value() {
    return value;
  }

  /** The deadline in milliseconds since 1970, or {@link KvEntry#NEVER}. */
  public long expiresMillis() {
    return expiresMillis;
  }

  /** Whether the value is said to be an LZ4 pair. */
  public boolean compressed() {
    return compressed;
  }
}
