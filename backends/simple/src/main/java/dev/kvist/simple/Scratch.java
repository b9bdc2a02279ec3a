package dev.kvist.simple;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * A thread's working memory: a buffer for a record's header and key, and a checksum. Platform
 * threads keep one; virtual threads, of which there may be millions, make one a call.
 */
final class Scratch {
  private static final int SMALL = 512;
  private static final int KEPT = 1 << 17;
  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

  private final CRC32C crc = new CRC32C();

  /** What was read ahead; nobody asks for it, but the reads must not be left out. */
  long touched;

  private byte[] bytes = new byte[SMALL];
  private MemorySegment memory = MemorySegment.ofArray(bytes);

  private Scratch() {}

  static Scratch get() {
    return Thread.currentThread().isVirtual() ? new Scratch() : OF_THREAD.get();
  }

  /** One of its own, for what is made on one thread and used on another. */
  static Scratch own() {
    return new Scratch();
  }

  /** At least {@code length} bytes, of undefined content. */
  byte[] bytes(int length) {
    if (bytes.length < length || (bytes.length > KEPT && length <= KEPT)) {
      bytes = new byte[Math.max(SMALL, 2 * Integer.highestOneBit(Math.max(1, length - 1)))];
      memory = MemorySegment.ofArray(bytes);
    }
    return bytes;
  }

  /** The same buffer as {@link #bytes} last returned. */
  MemorySegment memory() {
    return memory;
  }

  int checksum(byte[] array, int from, int length) {
    crc.reset();
    crc.update(array, from, length);
    return (int) crc.getValue();
  }
}
