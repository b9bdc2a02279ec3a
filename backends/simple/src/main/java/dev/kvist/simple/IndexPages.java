package dev.kvist.simple;

import static dev.kvist.simple.IndexLayout.CHUNK_BYTES;
import static dev.kvist.simple.IndexLayout.CHUNK_PAGES;
import static dev.kvist.simple.IndexLayout.CHUNK_PAGES_SHIFT;
import static dev.kvist.simple.IndexLayout.PAGE_BYTES;
import static dev.kvist.simple.IndexLayout.PAGE_SHIFT;
import static dev.kvist.simple.IndexLayout.PAGE_WORDS;
import static dev.kvist.simple.IndexLayout.WORD;
import static dev.kvist.simple.IndexLayout.WORD_LAYOUT;

import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The memory of an index: pages in chunk files, and which of them are free.
 *
 * <p>{@link #chunk}, {@link #load}, {@link #read} and {@link #bytes} are for any thread, all else
 * for the writer. A change of a valid page goes through {@link #store}: one word, in program order,
 * so that a process that dies leaves the first so many of its stores behind and no other state.
 */
final class IndexPages {
  private final ChunkSource source;
  private LogFile[] files;
  private volatile MemorySegment[] chunks;
  private int[] free = new int[CHUNK_PAGES];
  private int freeCount;

  IndexPages(List<LogFile> files, ChunkSource source) {
    this.source = source;
    this.files = files.toArray(LogFile[]::new);
    this.chunks = files.stream().map(LogFile::memory).toArray(MemorySegment[]::new);
  }

  /** The memory of the chunk that a page lies in. */
  MemorySegment chunk(int page) {
    return chunks[page >>> CHUNK_PAGES_SHIFT];
  }

  /** Where a page begins in its chunk. */
  static long offset(int page) {
    return (page & (CHUNK_PAGES - 1L)) << PAGE_SHIFT;
  }

  /** A word of a page; whatever was stored before it was stored is seen as well. */
  long load(int page, int word) {
    return (long) WORD.getAcquire(chunk(page), offset(page) + ((long) word << 3));
  }

  /** Stores a word of a page, after everything that was stored before. */
  void store(int page, int word, long value) {
    LogFile file = files[page >>> CHUNK_PAGES_SHIFT];
    long offset = offset(page) + ((long) word << 3);
    WORD.setRelease(chunk(page), offset, value);
    file.written(offset, Long.BYTES);
  }

  /**
   * Reads all words of a page. Each is whole, but they are of one moment only when nobody changed
   * the page meanwhile; {@link IndexDirectory#version}, read before and after, tells whether it
   * still was the page that it had been.
   */
  void read(int page, long[] words) {
    MemorySegment.copy(chunk(page), WORD_LAYOUT, offset(page), words, 0, PAGE_WORDS);
    VarHandle.acquireFence();
  }

  /** Fills a page that is not valid, in any order, and then makes it so by its header. */
  void write(int page, long pageHeader, long[] words) {
    LogFile file = files[page >>> CHUNK_PAGES_SHIFT];
    long offset = offset(page) + Long.BYTES;
    // A reader that is late may still be in the page as it was; it must not see this before the new
    // version.
    VarHandle.releaseFence();
    MemorySegment.copy(words, 1, chunk(page), WORD_LAYOUT, offset, PAGE_WORDS - 1);
    file.written(offset, PAGE_BYTES - Long.BYTES);
    store(page, 0, pageHeader);
  }

  int chunkCount() {
    return chunks.length;
  }

  int pageCount() {
    return chunks.length << CHUNK_PAGES_SHIFT;
  }

  long bytes() {
    return chunks.length * CHUNK_BYTES;
  }

  /** Takes a page that nobody uses; its words are arbitrary but for the page header, which is 0. */
  int take() throws IOException {
    if (freeCount == 0) {
      addChunk();
    }
    return free[--freeCount];
  }

  /** Takes several such pages, or none. */
  int[] take(int count) throws IOException {
    int[] taken = new int[count];
    for (int i = 0; i < count; i++) {
      try {
        taken[i] = take();
      } catch (Throwable e) {
        for (int given = i - 1; given >= 0; given--) {
          give(taken[given]);
        }
        throw e;
      }
    }
    return taken;
  }

  /** Gives back a page whose header is 0. */
  void give(int page) {
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, 2 * freeCount);
    }
    free[freeCount++] = page;
  }

  private void addChunk() throws IOException {
    int number = files.length;
    LogFile file = source.next(number);
    files = Arrays.copyOf(files, number + 1);
    files[number] = file;
    MemorySegment[] more = Arrays.copyOf(chunks, number + 1);
    more[number] = file.memory();
    chunks = more;
    int first = number << CHUNK_PAGES_SHIFT;
    for (int page = first + CHUNK_PAGES - 1; page >= Math.max(first, 1); page--) {
      give(page);
    }
  }

  /**
   * Adds the first {@code count} chunks to a checksum, with {@code headerPage} in the place of page
   * 0.
   */
  void addTo(CRC32C checksum, byte[] headerPage, int count) {
    byte[] copy = new byte[16 * IndexLayout.PAGE_BYTES];
    checksum.update(headerPage);
    for (int chunk = 0; chunk < count; chunk++) {
      long from = chunk == 0 ? headerPage.length : 0;
      while (from < CHUNK_BYTES) {
        int length = (int) Math.min(copy.length, CHUNK_BYTES - from);
        MemorySegment.copy(chunks[chunk], ValueLayout.JAVA_BYTE, from, copy, 0, length);
        checksum.update(copy, 0, length);
        from += length;
      }
    }
  }

  /** Makes all pages durable. */
  void force() throws IOException {
    for (LogFile file : files) {
      file.force(0, CHUNK_BYTES);
    }
  }

  /** Makes the header page durable. */
  void forceHeader() throws IOException {
    files[0].force(0, IndexLayout.PAGE_BYTES);
  }

  /** Closes all files, also when one of them fails to close. */
  void close() throws IOException {
    IOException failure = null;
    for (LogFile file : files) {
      try {
        file.close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
