package dev.kvist.tck;

import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;

/** One handle on a file of a {@link SimulatedDisk}. */
final class SimulatedFile implements LogFile {
  private final SimulatedDisk disk;
  private final String name;
  private final SimulatedContent content;
  private final MemorySegment memory;
  private final AtomicBoolean closed = new AtomicBoolean();

  SimulatedFile(SimulatedDisk disk, String name, SimulatedContent content, MemorySegment memory) {
    this.disk = disk;
    this.name = name;
    this.content = content;
    this.memory = memory;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public MemorySegment memory() {
    disk.checkAlive();
    return memory;
  }

  @Override
  public void store(long offset, byte[] bytes, int length) {
    int arrives = disk.failsStores(name) ? length / 2 : length;
    MemorySegment.copy(bytes, 0, memory(), ValueLayout.JAVA_BYTE, offset, arrives);
    written(offset, arrives);
  }

  @Override
  public void written(long offset, long length) {
    checkOpen();
    if (disk.failsStores(name)) {
      throw new InternalError(name + ": a page of it cannot be reached (simulated)");
    }
    disk.written(content, offset, length);
  }

  @Override
  public void force(long offset, long length) throws IOException {
    checkOpen();
    disk.force(content, offset, length);
  }

  @Override
  public void close() {
    disk.checkAlive();
    if (closed.compareAndSet(false, true)) {
      disk.closed(content);
    }
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new IllegalStateException(name + " was closed");
    }
  }
}
