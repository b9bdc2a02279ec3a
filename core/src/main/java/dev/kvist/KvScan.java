package dev.kvist;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A scan under way: its elements, fetched page by page, and the position from which another scan
 * can go on.
 *
 * <p>For one thread at a time, and for one pass: {@link #iterator} may be called once. Embedded
 * engines hold nothing between pages, so forgetting {@link #close} costs nothing there; remote ones
 * free a cursor.
 *
 * @param <T> {@code byte[]} for keys, {@link KvEntry} for entries
 */
public interface KvScan<T> extends Iterable<T>, AutoCloseable {
  /**
   * The elements. Its methods throw as {@link KvReader} does.
   *
   * @throws IllegalStateException when called a second time
   */
  @Override
  Iterator<T> iterator();

  /**
   * Where to go on with {@link KeyRange#after}: behind the last element handed out; null before the
   * first.
   */
  @Nullable ScanPosition position();

  /** Everything that is left, in one list: for ranges known to be small. */
  default List<T> toList() {
    var list = new ArrayList<T>();
    forEach(list::add);
    return list;
  }

  @Override
  void close();
}
