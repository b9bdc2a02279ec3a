package dev.kvist.simple;

import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A {@link LogDirectory} in native memory, gone with the process.
 *
 * <p>The memory of a file goes back when it is deleted and no longer open, or with the directory.
 * The JDK counts it as direct memory: {@code -XX:MaxDirectMemorySize} bounds it.
 */
final class MemoryDirectory implements LogDirectory {
  private static final long ALIGNMENT_BYTES = 64;

  /** By name. This directory guards it and everything it leads to. */
  private final SortedMap<String, Content> files = new TreeMap<>();

  private long contentsMade;
  private boolean closed;

  /** A file in no directory, whose memory goes back when it is closed. */
  static LogFile unlisted(String name, long size) throws IOException {
    var directory = new MemoryDirectory();
    LogFile file = directory.create(name, size);
    directory.delete(name);
    return file;
  }

  @Override
  public synchronized List<String> list(String folder) throws IOException {
    LogNames.checkFolder(folder);
    checkOpen();
    List<String> names = new ArrayList<>(files.keySet());
    names.removeIf(name -> !LogNames.folderOf(name).equals(folder));
    return names;
  }

  @Override
  public synchronized LogFile create(String name, long size) throws IOException {
    LogNames.check(name);
    checkOpen();
    if (files.containsKey(name)) {
      throw new FileAlreadyExistsException(name);
    }
    var content = new Content(name, size, ++contentsMade);
    files.put(name, content);
    return new MemoryFile(name, content, true);
  }

  @Override
  public synchronized LogFile open(String name, boolean writable) throws IOException {
    return new MemoryFile(name, existing(name), writable);
  }

  @Override
  public synchronized void rename(String from, String to) throws IOException {
    Content content = existing(from);
    if (LogNames.check(to).equals(from)) {
      return;
    }
    files.remove(from);
    Content replaced = files.put(to, content);
    if (replaced != null) {
      replaced.unlink();
    }
  }

  @Override
  public synchronized void delete(String name) throws IOException {
    checkOpen();
    Content content = files.remove(LogNames.check(name));
    if (content != null) {
      content.unlink();
    }
  }

  @Override
  public synchronized void truncate(String name, long size) throws IOException {
    Content content = existing(name);
    if (content.open > 0) {
      throw new IllegalStateException(name + " is open");
    }
    if (size < content.memory.byteSize()) {
      var cut = new Content(name, size, content.number);
      MemorySegment.copy(content.memory, 0, cut.memory, 0, size);
      files.put(name, cut);
      content.unlink();
    }
  }

  @Override
  public synchronized void sync(String folder) throws IOException {
    LogNames.checkFolder(folder);
    checkOpen();
  }

  @Override
  public long freeBytes() {
    return Long.MAX_VALUE;
  }

  @Override
  public synchronized String identity(String name) throws IOException {
    return Long.toString(existing(name).number);
  }

  @Override
  public @Nullable String bootId() {
    return null;
  }

  @Override
  public String location() {
    return "memory";
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      files.values().forEach(content -> content.arena.close());
      files.clear();
    }
  }

  private Content existing(String name) throws IOException {
    LogNames.check(name);
    checkOpen();
    Content content = files.get(name);
    if (content == null) {
      throw new NoSuchFileException(name);
    }
    return content;
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException("the memory directory was closed");
    }
  }

  /** What a name stands for, and how many have it open. */
  private static final class Content {
    final long number;
    final Arena arena = Arena.ofShared();
    final MemorySegment memory;
    int open;
    boolean linked = true;

    Content(String name, long size, long number) throws IOException {
      this.number = number;
      try {
        memory = arena.allocate(size, ALIGNMENT_BYTES);
      } catch (OutOfMemoryError e) {
        arena.close();
        throw new IOException("no native memory for the " + size + " bytes of " + name, e);
      }
    }

    void unlink() {
      linked = false;
      freeWhenUnused();
    }

    void freeWhenUnused() {
      if (!linked && open == 0 && arena.scope().isAlive()) {
        arena.close();
      }
    }
  }

  private final class MemoryFile implements LogFile {
    private final String name;
    private final Content content;
    private final MemorySegment memory;
    private boolean released;

    MemoryFile(String name, Content content, boolean writable) {
      this.name = name;
      this.content = content;
      this.memory = writable ? content.memory : content.memory.asReadOnly();
      content.open++;
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
    public void force(long offset, long length) {
      Objects.checkFromIndexSize(offset, length, memory.byteSize());
    }

    @Override
    public void close() {
      synchronized (MemoryDirectory.this) {
        if (!released) {
          released = true;
          content.open--;
          content.freeWhenUnused();
        }
      }
    }
  }
}
