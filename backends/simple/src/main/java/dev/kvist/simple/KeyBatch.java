package dev.kvist.simple;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Keys on their way into a run, in the order in which they were added. Each is kept as one byte
 * string, the bucket as a big-endian int followed by the key, so that comparing those strings gives
 * the order of the runs.
 *
 * <p>Bounded, so that none of its arrays is large for a small heap: a collector treats those apart,
 * and pauses for them. For one thread.
 */
final class KeyBatch {
  /** The most keys of a batch. */
  static final int MAX_KEYS = 1 << 14;

  /** The bytes of the bucket before each key. */
  static final int BUCKET_BYTES = 4;

  private static final int MAX_BYTES = 384 << 10;

  /** Bytes after the last key, so that eight can be read from wherever a key still has one. */
  private static final int SLACK = 8;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private byte[] bytes;
  private int[] ends;
  private int count;

  KeyBatch(int expectedKeys) {
    int keys = Math.clamp(expectedKeys, 1, MAX_KEYS);
    bytes = new byte[Math.min(MAX_BYTES, keys * 24) + SLACK];
    ends = new int[keys];
  }

  /** Writes the bucket that stands before a key. */
  static void putBucket(byte[] into, int at, int bucket) {
    INT.set(into, at, bucket);
  }

  /** Reads the bucket that stands before a key. */
  static int bucket(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  /** Adds a key of {@code length} bytes; those of {@code from} are copied. */
  void add(int bucket, MemorySegment from, long offset, int length) {
    int start = size();
    int end = start + BUCKET_BYTES + length;
    if (end + SLACK > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end + SLACK, bytes.length + bytes.length / 2));
    }
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, count + count / 2 + 1);
    }
    putBucket(bytes, start, bucket);
    MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, bytes, start + BUCKET_BYTES, length);
    ends[count++] = end;
  }

  /** Whether no further key should be added. */
  boolean isFull() {
    return count >= MAX_KEYS || size() >= MAX_BYTES;
  }

  int count() {
    return count;
  }

  /** The bytes of all keys. */
  int size() {
    return count == 0 ? 0 : ends[count - 1];
  }

  byte[] bytes() {
    return bytes;
  }

  int start(int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  int end(int index) {
    return ends[index];
  }
}
