package dev.kvist.rocksdb;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * RocksDB's varints, and bytes behind their length: read from an array, or written to a new one.
 */
final class ManifestBytes {
  private static final byte[] NOTHING = {};
  private static final int VALUE = 1;

  private final byte[] from;
  private final int end;
  private int at;
  private final ByteArrayOutputStream to = new ByteArrayOutputStream();

  ManifestBytes(byte[] from, int length) {
    this.from = from;
    this.end = length;
  }

  ManifestBytes(byte[] from) {
    this(from, from.length);
  }

  /** To be written. */
  ManifestBytes() {
    this(NOTHING);
  }

  boolean hasNext() {
    return at < end;
  }

  /**
   * Reads a number.
   *
   * @throws IllegalArgumentException when there is none
   */
  long number() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE && at < end; shift += 7) {
      byte next = from[at++];
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number has no end");
  }

  byte[] bytes() {
    long length = number();
    if (length < 0 || length > end - at) {
      throw new IllegalArgumentException("a length is larger than what holds it");
    }
    at += (int) length;
    return Arrays.copyOfRange(from, at - (int) length, at);
  }

  /** Passes over fields of a tag and bytes, until the tag that ends them. */
  void fields(int lastTag) {
    while (number() != lastTag) {
      bytes();
    }
  }

  ManifestBytes number(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      to.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    to.write((int) rest);
    return this;
  }

  ManifestBytes bytes(byte[] bytes) {
    number(bytes.length);
    to.writeBytes(bytes);
    return this;
  }

  /** A user's key with the sequence number of a record. */
  ManifestBytes key(byte[] key, long sequence) {
    number(key.length + Long.BYTES);
    to.writeBytes(key);
    long tail = (sequence << 8) | VALUE;
    for (int i = 0; i < Long.BYTES; i++) {
      to.write((int) (tail >>> (8 * i)));
    }
    return this;
  }

  byte[] written() {
    return to.toByteArray();
  }
}
