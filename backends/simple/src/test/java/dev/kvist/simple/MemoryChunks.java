package dev.kvist.simple;

import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The chunk files of an index, in memory: they can be copied at any store, damaged, and run out.
 */
final class MemoryChunks implements ChunkSource {
  static final String BOOT = "boot-1";
  static final String IDENTITY = "8:1234";
  static final long STORE = 77;

  private final List<Chunk> chunks = new CopyOnWriteArrayList<>();
  private int limit = Integer.MAX_VALUE;
  private Stored afterStore = (_, _) -> {};
  private int stores;
  private final List<String> forces = new ArrayList<>();

  interface Stored {
    void at(int chunk, long offset);
  }

  private final class Chunk implements LogFile {
    private final int number;
    private final MemorySegment memory;

    private Chunk(int number, MemorySegment memory) {
      this.number = number;
      this.memory = memory;
    }

    @Override
    public String name() {
      return "index-" + number;
    }

    @Override
    public MemorySegment memory() {
      return memory;
    }

    @Override
    public void written(long offset, long length) {
      stores++;
      afterStore.at(number, offset);
    }

    @Override
    public void force(long offset, long length) {
      forces.add("%d:%d+%d".formatted(number, offset, length));
    }

    @Override
    public void close() {}
  }

  @Override
  public LogFile next(int chunk) throws IOException {
    if (chunk != chunks.size()) {
      throw new AssertionError("asked for chunk %d after %d".formatted(chunk, chunks.size() - 1));
    }
    if (chunk >= limit) {
      throw new IOException("disk full");
    }
    return add(Arena.ofAuto().allocate(IndexLayout.CHUNK_BYTES, IndexLayout.PAGE_BYTES));
  }

  LogFile add(MemorySegment memory) {
    Chunk chunk = new Chunk(chunks.size(), memory);
    chunks.add(chunk);
    return chunk;
  }

  /** From now on there are no more chunks than this. */
  void limit(int limit) {
    this.limit = limit;
  }

  /** Is called after each store of the index. */
  void afterStore(Stored afterStore) {
    this.afterStore = afterStore;
  }

  int stores() {
    return stores;
  }

  List<String> forces() {
    return forces;
  }

  List<LogFile> files() {
    return List.copyOf(chunks);
  }

  int count() {
    return chunks.size();
  }

  /** The chunks as they are now, in memory of their own: what a killed process leaves. */
  MemoryChunks copy() {
    MemoryChunks copy = new MemoryChunks();
    for (Chunk chunk : chunks) {
      copy.add(
          Arena.ofAuto()
              .allocate(IndexLayout.CHUNK_BYTES, IndexLayout.PAGE_BYTES)
              .copyFrom(chunk.memory));
    }
    return copy;
  }

  /** The same chunks mapped read-only: each store fails. */
  MemoryChunks readOnly() {
    MemoryChunks copy = new MemoryChunks();
    chunks.forEach(chunk -> copy.add(chunk.memory.asReadOnly()));
    return copy;
  }

  void flip(int chunk, long offset, int bit) {
    MemorySegment memory = chunks.get(chunk).memory;
    byte old = memory.get(ValueLayout.JAVA_BYTE, offset);
    memory.set(ValueLayout.JAVA_BYTE, offset, (byte) (old ^ 1 << bit));
  }

  byte get(int chunk, long offset) {
    return chunks.get(chunk).memory.get(ValueLayout.JAVA_BYTE, offset);
  }

  HashIndex create() throws IOException {
    HashIndex index = HashIndex.create(this, 42, STORE);
    index.markDirty(BOOT, IDENTITY);
    return index;
  }

  HashIndex open() throws IndexUnusable {
    return HashIndex.open(files(), this, BOOT, IDENTITY, STORE, new Reach());
  }

  HashIndex openForWriting() throws IndexUnusable, IOException {
    HashIndex index = open();
    index.markDirty(BOOT, IDENTITY);
    return index;
  }
}
