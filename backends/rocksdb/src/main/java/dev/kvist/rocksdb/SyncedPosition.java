package dev.kvist.rocksdb;

import dev.kvist.KvException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Up to which counter all is known to be on the device, in a file of its own: RocksDB takes a log
 * that ends early, or is not there at all, for one that ended there (K9).
 *
 * <p>The file {@code synced} has 16 bytes, little-endian: the counter, and the same number with all
 * bits turned. It is mapped, and each sync stores to it; after a power loss it may be older than
 * the log, which only makes it say less.
 */
final class SyncedPosition implements AutoCloseable {
  static final String FILE_NAME = "synced";

  private static final int BYTES = 2 * Long.BYTES;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Arena arena;
  private final MemorySegment memory;

  private SyncedPosition(Arena arena, MemorySegment memory) {
    this.arena = arena;
    this.memory = memory;
  }

  static SyncedPosition open(Path directory) throws IOException {
    Path file = directory.resolve(FILE_NAME);
    if (Files.notExists(file)) {
      Files.write(file, new byte[BYTES]);
    }
    Arena arena = Arena.ofShared();
    try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return new SyncedPosition(
          arena, channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES, arena));
    } catch (IOException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Looks at a log that was opened.
   *
   * @param newest its last counter
   * @throws KvException.Corrupted when it had more
   */
  static void check(Path directory, long newest) throws IOException {
    Path file = directory.resolve(FILE_NAME);
    if (Files.notExists(file)) {
      return;
    }
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length < BYTES) {
      return;
    }
    MemorySegment memory = MemorySegment.ofArray(bytes.clone());
    long counter = memory.get(LONG.withByteAlignment(1), 0);
    boolean whole = counter == ~memory.get(LONG.withByteAlignment(1), Long.BYTES);
    if (whole && counter > newest) {
      throw new KvException.Corrupted(
          directory.toString(),
          0,
          "the end of its log is missing: it ends at "
              + newest
              + ", and "
              + counter
              + " was synced");
    }
  }

  /** All up to a counter is on the device. One thread at a time. */
  void advance(long counter) {
    memory.set(LONG, 0, counter);
    memory.set(LONG, Long.BYTES, ~counter);
  }

  @Override
  public void close() {
    memory.force();
    arena.close();
  }
}
