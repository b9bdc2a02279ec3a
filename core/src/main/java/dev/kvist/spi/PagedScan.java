package dev.kvist.spi;

import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvScan;
import dev.kvist.ScanPosition;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A scan in the order of the keys, a page at a time, that holds nothing between two pages but its
 * last key. For one thread.
 *
 * @param <T> what it hands out
 */
public final class PagedScan<T> implements KvScan<T> {
  /** Where the pages of a scan come from. */
  public interface Pages<T> {
    /**
     * Does nothing while the store is open.
     *
     * @throws KvException.Closed when it is not
     */
    void checkOpen();

    /**
     * Reads the next page. When it throws, whatever it added is dropped, and the bounds must be as
     * they were: who asks again gets the page from its beginning.
     *
     * @param bounds what is still to come; to be moved behind the last key that was looked at
     * @param most how many elements it may add, at least 1
     * @param page empty; gets the elements, and may get none although more follow
     * @return whether more may follow
     */
    boolean read(ScanBounds bounds, long most, Deque<T> page);
  }

  private final Pages<T> pages;
  private final Function<T, byte[]> keyOf;
  private final Deque<T> page = new ArrayDeque<>();
  private final ScanBounds bounds;
  private boolean started;
  private boolean exhausted;
  private long left;

  /** Its first {@link #lastLength} bytes are the key that was given last; -1 before the first. */
  private byte[] last = {};

  private int lastLength = -1;

  /**
   * A scan.
   *
   * @param keyOf the key of an element, which stays as it is
   */
  public PagedScan(KeyRange range, Pages<T> pages, Function<T, byte[]> keyOf) {
    this.pages = pages;
    this.keyOf = keyOf;
    this.bounds = new ScanBounds(range);
    this.left = range.limit();
  }

  @Override
  public Iterator<T> iterator() {
    if (started) {
      throw new IllegalStateException("a scan is for one pass: start another from its position");
    }
    started = true;
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return hasMore();
      }

      @Override
      public T next() {
        return take();
      }
    };
  }

  private boolean hasMore() {
    pages.checkOpen();
    while (page.isEmpty() && !exhausted && left > 0) {
      fetch();
    }
    if (page.isEmpty()) {
      // A close on the way may look like the end.
      pages.checkOpen();
      return false;
    }
    return left > 0;
  }

  private void fetch() {
    if (bounds.isEmpty()) {
      exhausted = true;
      return;
    }
    boolean isRead = false;
    try {
      exhausted = !pages.read(bounds, left, page);
      isRead = true;
    } finally {
      if (!isRead) {
        page.clear();
      }
    }
  }

  private T take() {
    if (!hasMore()) {
      throw new NoSuchElementException("the scan is at its end");
    }
    left--;
    T element = page.removeFirst();
    // The key is the caller's from here on; a copy of its own for each would cost more.
    byte[] key = keyOf.apply(element);
    if (last.length < key.length) {
      last = new byte[2 * key.length];
    }
    System.arraycopy(key, 0, last, 0, key.length);
    lastLength = key.length;
    return element;
  }

  @Override
  public @Nullable ScanPosition position() {
    return lastLength < 0 ? null : ScanPosition.of(Arrays.copyOf(last, lastLength));
  }

  /** Holds nothing, so that there is nothing to free; ends the scan. */
  @Override
  public void close() {
    page.clear();
    exhausted = true;
  }
}
