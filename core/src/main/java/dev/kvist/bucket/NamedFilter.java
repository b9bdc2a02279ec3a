package dev.kvist.bucket;

import static dev.kvist.spi.Names.DEFAULT_BUCKET;

import org.jspecify.annotations.Nullable;

/**
 * A registered filter seen without buckets: its bucket {@code default}, together with the keys of
 * the store that is registered by the same name. From {@link Filters#get}.
 *
 * <p>It stays with the filter that had the name then, asks {@link Kv} for the store at each call,
 * and throws as {@link Filter} and {@link BucketStore} do.
 */
public final class NamedFilter {
  private final String name;
  private final Filter filter;

  NamedFilter(String name, Filter filter) {
    this.name = name;
    this.filter = filter;
  }

  /** The name by which the filter was registered. */
  public String name() {
    return name;
  }

  /** Adds an item. Fine when it is there; the store's value of that key, if any, stays as it is. */
  public void add(byte[] item) {
    filter.add(DEFAULT_BUCKET, item);
  }

  /**
   * Whether an item was added, or is a live key in the bucket {@code default} of the store of the
   * same name.
   */
  public boolean contains(byte[] item) {
    if (filter.exists(DEFAULT_BUCKET, item)) {
      return true;
    }
    @Nullable BucketStore store = Kv.find(name);
    return store != null && store.existsKey(DEFAULT_BUCKET, item);
  }
}
