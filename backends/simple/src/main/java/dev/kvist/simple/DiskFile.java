package dev.kvist.simple;

import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A file mapped whole. It keeps no descriptor open but while it is stored to: the mapping outlives
 * the channel it was made through.
 */
final class DiskFile implements LogFile {
  private static final long TOUCHED_AT_ONCE = 1 << 16;

  private final String name;
  private final Path path;
  private final Arena arena;
  private final MemorySegment memory;

  /**
   * Forces share it, {@link #close} excludes them: a system call that runs on a range while it is
   * unmapped, and maybe mapped again for another file, would report success for bytes it never saw.
   */
  private final ReadWriteLock mapped = new ReentrantReadWriteLock();

  private final boolean forcedOften;

  /**
   * What {@link #store} writes through, once it was needed: not a channel, which an interrupt of
   * the caller would close.
   */
  private @Nullable RandomAccessFile writer;

  private long writerAt;

  private boolean closed;

  private DiskFile(String name, Path path, Arena arena, MemorySegment memory, boolean forcedOften) {
    this.forcedOften = forcedOften;
    this.name = name;
    this.path = path;
    this.arena = arena;
    this.memory = memory;
  }

  /**
   * Maps all of the file behind {@code channel}, which may be closed afterwards.
   *
   * @param forcedOften whether {@link #store} is to be a system call
   */
  static DiskFile map(
      String name, Path path, FileChannel channel, boolean writable, boolean forcedOften)
      throws IOException {
    FileChannel.MapMode mode =
        writable ? FileChannel.MapMode.READ_WRITE : FileChannel.MapMode.READ_ONLY;
    Arena arena = Arena.ofShared();
    boolean done = false;
    try {
      MemorySegment memory = channel.map(mode, 0, channel.size(), arena);
      done = true;
      return new DiskFile(name, path, arena, memory, forcedOften);
    } finally {
      if (!done) {
        arena.close();
      }
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public MemorySegment memory() {
    return memory;
  }

  @Override
  public void written(long offset, long length) {}

  @Override
  public void store(long offset, byte[] bytes, int length) {
    if (!forcedOften) {
      MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, offset, length);
      return;
    }
    try {
      RandomAccessFile file = writer;
      if (file == null) {
        file = new RandomAccessFile(path.toFile(), "rw");
        writer = file;
        writerAt = 0;
      }
      if (offset != writerAt) {
        file.seek(offset);
      }
      file.write(bytes, 0, length);
      writerAt = offset + length;
    } catch (IOException e) {
      writerAt = -1;
      throw new InternalError(path + " cannot be written: " + e.getMessage(), e);
    }
  }

  @Override
  public void endStores() {
    RandomAccessFile file = writer;
    writer = null;
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        throw new InternalError(path + " cannot be closed: " + e.getMessage(), e);
      }
    }
  }

  @Override
  public void force(long offset, long length) throws IOException {
    mapped.readLock().lock();
    try {
      // The JDK widens the range to whole pages.
      memory.asSlice(offset, length).force();
    } catch (UncheckedIOException e) {
      throw failed("cannot be forced to the device", e);
    } catch (InternalError e) {
      throw failed("a page of it cannot be reached", e);
    } finally {
      mapped.readLock().unlock();
    }
  }

  /**
   * Brings every page into memory, so that the first append meets no page fault.
   *
   * @param byWriting makes the pages writable as well, at the price of marking all of them dirty:
   *     right after the zeros were written they are dirty anyway, once synced they would be written
   *     a second time
   */
  void touch(boolean byWriting) throws IOException {
    try {
      if (byWriting) {
        for (long offset = 0; offset < memory.byteSize(); offset += DiskDirectory.PAGE_BYTES) {
          memory.set(ValueLayout.JAVA_BYTE, offset, (byte) 0);
          if (offset % TOUCHED_AT_ONCE == 0) {
            BackgroundThread.giveWay();
          }
        }
      } else {
        memory.load();
      }
    } catch (InternalError e) {
      throw failed("a page of it cannot be reached", e);
    }
  }

  @Override
  public void close() throws IOException {
    mapped.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        endStores();
        arena.close();
      }
    } finally {
      mapped.writeLock().unlock();
    }
  }

  private FileSystemException failed(String what, Throwable cause) {
    var failure = new FileSystemException(path.toString(), null, what);
    failure.initCause(cause);
    return failure;
  }
}
