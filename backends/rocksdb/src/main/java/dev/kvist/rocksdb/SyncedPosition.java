package dev.kvist.rocksdb;

import dev.kvist.KvException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Up to which counter all is known to be on the device, in a file of its own: RocksDB takes a log
 * that ends early, or is not there at all, for one that ended there (K9).
 *
 * <p>The file {@code synced} is mapped, and each sync stores to one of its two places in turns; the
 * device may get it at any moment, and then has the other one whole. After a power loss it may be
 * older than the log, which only makes it say less. Numbers are little-endian.
 *
 * <pre>
 *   offset  bytes  what
 *        0      8  counter
 *        8      8  the same with all bits turned; zero, like the counter, where nothing was stored
 *       16     16  another one
 * </pre>
 */
final class SyncedPosition implements AutoCloseable {
  static final String FILE_NAME = "synced";

  private static final int PLACE_BYTES = 2 * Long.BYTES;
  private static final int PLACES = 2;
  private static final int BYTES = PLACES * PLACE_BYTES;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Arena arena;
  private final MemorySegment memory;
  private long next;

  private SyncedPosition(Arena arena, MemorySegment memory) {
    this.arena = arena;
    this.memory = memory;
  }

  static SyncedPosition open(Path directory) throws IOException {
    Arena arena = Arena.ofShared();
    try (var channel =
        FileChannel.open(
            directory.resolve(FILE_NAME),
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE)) {
      // A store to a page that the volume has no room for would end the process.
      long length = channel.size();
      if (length < BYTES) {
        channel.write(ByteBuffer.allocate((int) (BYTES - length)), length);
        channel.force(true);
        try (var folder = FileChannel.open(directory)) {
          folder.force(true);
        }
      }
      return new SyncedPosition(
          arena, channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES, arena));
    } catch (IOException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * The counter up to which all was synced; 0 where that was never stored.
   *
   * @throws KvException.Corrupted when the file is damaged
   */
  static long read(Path directory) throws IOException {
    Path file = directory.resolve(FILE_NAME);
    if (Files.notExists(file)) {
      return 0;
    }
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length < PLACE_BYTES) {
      // It was just being made.
      return 0;
    }
    MemorySegment memory = MemorySegment.ofArray(bytes);
    long counter = -1;
    for (int at = 0; at + PLACE_BYTES <= Math.min(BYTES, bytes.length); at += PLACE_BYTES) {
      long first = memory.get(LONG, at);
      long second = memory.get(LONG, at + Long.BYTES);
      if (first == ~second || (first == 0 && second == 0)) {
        counter = Math.max(counter, first);
      }
    }
    if (counter < 0) {
      throw new KvException.Corrupted(file.toString(), 0, "no position in it is whole");
    }
    return counter;
  }

  /** All up to a counter is on the device. One thread at a time. */
  void advance(long counter) {
    memory.set(LONG, next, counter);
    memory.set(LONG, next + Long.BYTES, ~counter);
    next = BYTES - PLACE_BYTES - next;
  }

  @Override
  public void close() {
    memory.force();
    arena.close();
  }
}
