package dev.kvist.config;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import dev.kvist.bucket.BloomFilter;
import dev.kvist.bucket.BucketStore;
import dev.kvist.bucket.Filter;
import dev.kvist.bucket.Filters;
import dev.kvist.bucket.Kv;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A configured store: a connection that is registered with {@code Kv} and {@code Filters}. */
final class BackendModule implements Module {
  private static final Logger LOG = LoggerFactory.getLogger(Modules.class);

  private final String name;
  private final ConnectionOptions options;
  private final String shownOptions;
  private final FilterSettings filterSettings;
  private @Nullable Connection connection;
  private @Nullable Filter filter;
  private @Nullable BucketStore store;

  /**
   * Under this name.
   *
   * @param shownOptions the options as a log may show them
   * @param filterSettings which filter it registers
   */
  BackendModule(
      String name, ConnectionOptions options, String shownOptions, FilterSettings filterSettings) {
    this.name = name;
    this.options = options;
    this.shownOptions = shownOptions;
    this.filterSettings = filterSettings;
  }

  @Override
  public String name() {
    return name;
  }

  /** The open connection; null before set-up and after the stop. */
  @Nullable Connection connection() {
    return connection;
  }

  @Override
  public void setup(Configuration configuration) {
    Connection opened = Kvist.open(options);
    try {
      BucketStore view = BucketStore.of(opened);
      Filter members = filterSettings.open(opened);
      Kv.register(name, view);
      try {
        Filters.register(name, members);
      } catch (RuntimeException e) {
        Kv.unregister(name);
        throw e;
      }
      connection = opened;
      store = view;
      filter = members;
    } catch (RuntimeException | Error e) {
      closeAfter(opened, e);
      throw e;
    }
    LOG.info("registered {}: {}{}", name, shownOptions, filterSettings.shown());
  }

  private static void closeAfter(Connection opened, Throwable failure) {
    try {
      opened.close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void start() {
    if (store != null) {
      store.open();
    }
  }

  /** Registers it again, by which it becomes the active store. */
  void activate() {
    if (store != null && filter != null) {
      Kv.unregister(name);
      Kv.register(name, store);
      Filters.unregister(name);
      Filters.register(name, filter);
    }
  }

  @Override
  public void stop() {
    Kv.unregister(name);
    Filters.unregister(name);
    @Nullable BucketStore view = store;
    @Nullable Connection open = connection;
    @Nullable Filter members = filter;
    store = null;
    connection = null;
    filter = null;
    if (view != null && open != null) {
      try (open) {
        view.close();
        if (members instanceof BloomFilter bloom) {
          bloom.close();
        }
      }
      LOG.info("closed {}", name);
    }
  }
}
