package dev.kvist.bucket;

import dev.kvist.KvException;

/**
 * Static functions over the registered {@linkplain Filter filters}; the one registered last is the
 * active one.
 *
 * <pre>{@code
 * if (!Filters.checkThenAdd("seen", utf8(id))) {
 *   handle(id); // exactly one caller gets here
 * }
 * }</pre>
 *
 * Modules register the filters of the configured stores, by the stores' names, when they start.
 * Everything but {@link #register}, {@link #unregister} and {@link #get} works on the active
 * filter, throws as it does, and throws {@link IllegalStateException} saying what to add when there
 * is none. {@link #add(byte[])} and {@link #contains} are those of {@link NamedFilter}.
 */
public final class Filters {
  private static final Registry<Filter> FILTERS = new Registry<>("filter", "Filters");

  private Filters() {}

  /**
   * Registers a filter, which becomes the active one.
   *
   * @throws IllegalStateException when the name is taken
   */
  public static void register(String name, Filter filter) {
    FILTERS.register(name, filter);
  }

  /**
   * Frees a name; the latest of the remaining filters is the active one.
   *
   * @return whether a filter had the name
   */
  public static boolean unregister(String name) {
    return FILTERS.unregister(name);
  }

  /**
   * The filter of that name, without buckets.
   *
   * @throws IllegalStateException when none has the name
   */
  public static NamedFilter get(String name) {
    return new NamedFilter(name, FILTERS.get(name));
  }

  /**
   * Whether a key was added to a bucket of the filter and not deleted since; what is stored does
   * not count. {@link #contains} asks without a bucket, and of the store too.
   */
  public static boolean exists(String bucket, byte[] key) {
    return active().exists(bucket, key);
  }

  /** Adds a key to a bucket. Fine when it is there. */
  public static void add(String bucket, byte[] key) {
    active().add(bucket, key);
  }

  /** Deletes a key from a bucket. Fine when it is not there. */
  public static void delete(String bucket, byte[] key) {
    active().delete(bucket, key);
  }

  /**
   * Adds a key to a bucket and says whether it was there before, in one atomic step.
   *
   * @return true when the key was there already, false when this call added it
   * @throws KvException.Unsupported when the filter cannot do it atomically
   */
  public static boolean checkThenAdd(String bucket, byte[] key) {
    return active().checkThenAdd(bucket, key);
  }

  /** Adds an item to the active filter's bucket {@code default}. */
  public static void add(byte[] item) {
    activeNamed().add(item);
  }

  /**
   * Whether an item was added to the active filter's bucket {@code default}, or is a live key of
   * that bucket in the store of the same name. {@link #exists} asks for a bucket, and of the filter
   * alone.
   */
  public static boolean contains(byte[] item) {
    return activeNamed().contains(item);
  }

  private static Filter active() {
    return FILTERS.active().getValue();
  }

  private static NamedFilter activeNamed() {
    var active = FILTERS.active();
    return new NamedFilter(active.getKey(), active.getValue());
  }
}
