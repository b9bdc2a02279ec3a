package dev.kvist.simple;

import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Files in memory that forget at a {@link #crash} what was not forced, and count what is open. The
 * calls that change something are counted too; one of them can be made to fail.
 */
final class SampleDirectory implements LogDirectory {
  /** What the process sees of a file, and what is on the device. */
  private static final class Content {
    private byte[] seen;
    private byte[] durable;

    private Content(byte[] bytes) {
      seen = bytes;
      durable = bytes.clone();
    }
  }

  private final NavigableMap<String, Content> files = new TreeMap<>();
  private int open;
  private int changes;
  private int failAt = Integer.MAX_VALUE;

  int openFiles() {
    return open;
  }

  int changes() {
    return changes;
  }

  /** Lets the change of this number, and all after it, fail. */
  void failAt(int change) {
    failAt = change;
  }

  synchronized byte[] bytes(String name) {
    return content(name).seen;
  }

  synchronized void put(String name, byte[] bytes) {
    files.put(name, new Content(bytes));
  }

  /** What is there after a power loss. */
  synchronized SampleDirectory crash() {
    SampleDirectory after = new SampleDirectory();
    files.forEach((name, content) -> after.put(name, content.durable.clone()));
    return after;
  }

  private void change() throws IOException {
    if (++changes >= failAt) {
      throw new IOException("change " + changes + " fails");
    }
  }

  private Content content(String name) {
    Content content = files.get(name);
    if (content == null) {
      throw new IllegalStateException("no file " + name);
    }
    return content;
  }

  @Override
  public synchronized List<String> list(String folder) {
    List<String> names = new ArrayList<>();
    for (String name : files.keySet()) {
      if (name.startsWith(folder + '/')) {
        names.add(name);
      }
    }
    return names;
  }

  @Override
  public synchronized LogFile create(String name, long size) throws IOException {
    change();
    if (files.containsKey(name)) {
      throw new FileAlreadyExistsException(name);
    }
    files.put(name, new Content(new byte[Math.toIntExact(size)]));
    return new OpenFile(name, content(name), true);
  }

  @Override
  public synchronized LogFile open(String name, boolean writable) throws IOException {
    if (!files.containsKey(name)) {
      throw new NoSuchFileException(name);
    }
    return new OpenFile(name, content(name), writable);
  }

  @Override
  public synchronized void rename(String from, String to) {
    throw new UnsupportedOperationException("rename");
  }

  @Override
  public synchronized void delete(String name) throws IOException {
    change();
    files.remove(name);
  }

  @Override
  public synchronized void truncate(String name, long size) throws IOException {
    change();
    Content content = content(name);
    content.seen = Arrays.copyOf(content.seen, Math.toIntExact(size));
  }

  @Override
  public void sync(String folder) throws IOException {
    change();
  }

  @Override
  public long freeBytes() {
    return Long.MAX_VALUE;
  }

  @Override
  public @Nullable String identity(String name) {
    return null;
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
  public void close() {}

  private final class OpenFile implements LogFile {
    private final String name;
    private final Content content;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment mapped;
    private final boolean writable;
    private boolean closed;

    private OpenFile(String name, Content content, boolean writable) {
      this.name = name;
      this.content = content;
      this.writable = writable;
      MemorySegment all = arena.allocate(content.seen.length, 8);
      all.copyFrom(MemorySegment.ofArray(content.seen));
      mapped = writable ? all : all.asReadOnly();
      open++;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public MemorySegment memory() {
      return mapped;
    }

    @Override
    public void written(long offset, long length) {
      synchronized (SampleDirectory.this) {
        copy(content.seen, offset, length);
      }
    }

    @Override
    public void force(long offset, long length) throws IOException {
      synchronized (SampleDirectory.this) {
        change();
        if (content.durable.length != content.seen.length) {
          content.durable = Arrays.copyOf(content.durable, content.seen.length);
        }
        System.arraycopy(content.seen, (int) offset, content.durable, (int) offset, (int) length);
      }
    }

    private void copy(byte[] into, long offset, long length) {
      if (writable) {
        MemorySegment.ofArray(into)
            .asSlice(offset, length)
            .copyFrom(mapped.asSlice(offset, length));
      }
    }

    @Override
    public void close() {
      synchronized (SampleDirectory.this) {
        if (!closed) {
          closed = true;
          open--;
          arena.close();
        }
      }
    }
  }
}
