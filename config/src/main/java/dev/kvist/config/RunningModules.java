package dev.kvist.config;

import dev.kvist.Connection;
import dev.kvist.bucket.BucketStore;
import dev.kvist.bucket.Kv;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Modules that run, until it is closed or the JVM ends. Safe for many threads. */
public final class RunningModules implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Modules.class);

  /** How long the end of the JVM waits for a start that is under way. */
  private static final Duration START_PATIENCE = Duration.ofSeconds(10);

  private final Configuration configuration;
  private final List<Module> modules;
  private final ReentrantLock lock = new ReentrantLock();

  /** Those whose set-up returned, the latest first. */
  private final Deque<Module> setUp = new ArrayDeque<>();

  /** Those that were opened as stores. */
  private final List<BucketStore> opened = new ArrayList<>();

  private final Thread hook = new Thread(this::stopAtExit, "kvist-stop");
  private Runnable whenStopped = () -> {};
  private volatile boolean starting;
  private volatile boolean exiting;
  private boolean stopped;

  /** These, in the order of set-up. */
  RunningModules(Configuration configuration, List<Module> modules) {
    this.configuration = configuration;
    this.modules = modules;
  }

  void start(Runnable whenStopped) {
    lock.lock();
    try {
      this.whenStopped = whenStopped;
      starting = true;
      Runtime.getRuntime().addShutdownHook(hook);
      for (Module module : modules) {
        run(module, "set-up", () -> module.setup(configuration));
        setUp.push(module);
        activateStore();
      }
      for (Module module : modules) {
        run(module, "start", () -> startOne(module));
      }
    } catch (RuntimeException | Error e) {
      stopAfter(e);
      throw e;
    } finally {
      starting = false;
      lock.unlock();
    }
  }

  private void startOne(Module module) {
    module.start();
    if (module instanceof BucketStore store) {
      store.open();
      opened.add(store);
    }
  }

  /** The store that {@code store} names stays the active one, whoever registers after it. */
  private void activateStore() {
    if (configuration.storeKey() == null) {
      return;
    }
    @Nullable String name = new StoreRule(configuration).choose().name();
    for (Module module : setUp) {
      if (module.name().equals(name)) {
        if (module instanceof BackendModule backend) {
          backend.activate();
        } else if (module instanceof BucketStore store && Kv.unregister(module.name())) {
          Kv.register(module.name(), store);
        }
      }
    }
  }

  private void run(Module module, String phase, Runnable step) {
    try {
      if (exiting && starting) {
        throw new IllegalStateException("the JVM is ending");
      }
      step.run();
    } catch (RuntimeException | Error e) {
      LOG.error("module {} failed at {}: {}", module.name(), phase, e.toString(), e);
      throw new ModuleException(module.name(), phase, e);
    }
  }

  private void stopAfter(Throwable failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** The names of the modules in the order in which they were set up. */
  public List<String> names() {
    return modules.stream().map(Module::name).toList();
  }

  /**
   * The connection of a configured store, for what {@code Kv} does not offer: versions, watches,
   * scans. It ends with the modules; do not close it.
   *
   * @param name of its section, such as {@code simple_kv}
   * @throws IllegalStateException when no such store is running
   */
  public Connection connection(String name) {
    lock.lock();
    try {
      for (Module module : setUp) {
        if (module instanceof BackendModule backend
            && module.name().equals(name)
            && backend.connection() != null) {
          return backend.connection();
        }
      }
      throw new IllegalStateException("no store named '" + name + "' is running");
    } finally {
      lock.unlock();
    }
  }

  /**
   * The connection of the store that is used, by {@link Configuration#store}; otherwise as {@link
   * #connection(String)}.
   *
   * @throws IllegalStateException when that is a module of the application, or there is none
   */
  public Connection connection() {
    // The configured store that is used is set up after the others.
    @Nullable String last = null;
    for (Module module : modules) {
      last = module instanceof BackendModule ? module.name() : last;
    }
    Tree.@Nullable Scalar store = configuration.storeKey();
    boolean other = store != null && !store.text().contains(":") && !store.text().equals(last);
    if (last == null || other) {
      throw new IllegalStateException(
          "the store that is used has no connection: it is a module of the application, or there"
              + " is none");
    }
    return connection(last);
  }

  /**
   * Stops all modules in reverse order, each also when another fails to, and returns when they have
   * stopped. Idempotent; a second caller waits for the first.
   *
   * @throws ModuleException of the first module that failed to stop
   */
  @Override
  public void close() {
    lock.lock();
    try {
      if (stopped) {
        return;
      }
      stopped = true;
      removeHook();
      @Nullable ModuleException first = null;
      while (!setUp.isEmpty()) {
        first = stop(setUp.pop(), first);
      }
      whenStopped.run();
      if (first != null) {
        throw first;
      }
    } finally {
      lock.unlock();
    }
  }

  private @Nullable ModuleException stop(Module module, @Nullable ModuleException first) {
    @Nullable ModuleException failure = first;
    if (module instanceof BucketStore store && opened.remove(store)) {
      failure = step(module, store::close, failure);
    }
    failure = step(module, module::stop, failure);
    if (module instanceof BucketStore) {
      Kv.unregister(module.name());
    }
    return failure;
  }

  private @Nullable ModuleException step(
      Module module, Runnable step, @Nullable ModuleException first) {
    try {
      run(module, "stop", step);
      return first;
    } catch (ModuleException e) {
      if (first == null) {
        return e;
      }
      first.addSuppressed(e);
      return first;
    }
  }

  private void removeHook() {
    if (Thread.currentThread().equals(hook)) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      LOG.debug("the JVM is ending, and its hook finds the modules stopped");
    }
  }

  private void stopAtExit() {
    exiting = true;
    try {
      if (!startHangs()) {
        close();
      }
    } catch (ModuleException e) {
      LOG.debug("stopped as far as possible; the failures are logged", e);
    }
  }

  /**
   * Whether a module does not come back from its start, so that waiting would keep the process from
   * ending. A stop is waited for without limit: it brings data to the disk.
   */
  private boolean startHangs() {
    long deadline = System.nanoTime() + START_PATIENCE.toNanos();
    while (starting) {
      if (System.nanoTime() - deadline > 0) {
        LOG.error("a module is still starting after {}; leaving without it", START_PATIENCE);
        return true;
      }
      LockSupport.parkNanos(10_000_000);
    }
    return false;
  }
}
