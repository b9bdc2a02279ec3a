package dev.kvist.config;

import dev.kvist.ConnectionOptions;
import dev.kvist.bucket.BucketStore;
import dev.kvist.spi.Backend;
import dev.kvist.spi.Setting;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The modules of an application, and their life cycle.
 *
 * <pre>{@code
 * try (RunningModules modules = Modules.start(Configuration.load(Path.of("kvist.yaml")))) {
 *   Kv.addValue("example", utf8("greeting"), utf8("hello world"));
 * }
 * }</pre>
 *
 * Each store that the configuration enables is a module of priority {@link #BACKEND_PRIORITY}, set
 * up in the order of the file before the registered modules of that priority. It registers itself
 * with {@code Kv} and {@code Filters}. With neither a section of a store nor {@code store} the
 * default store is used, unless a registered module is a {@link BucketStore} itself.
 */
public final class Modules {
  /** The priority of stores: they are ready before everything that uses them. */
  public static final int BACKEND_PRIORITY = -100;

  private static final Logger LOG = LoggerFactory.getLogger(Modules.class);
  private static final List<Registered> REGISTERED = new ArrayList<>();
  private static final AtomicReference<@Nullable RunningModules> RUNNING = new AtomicReference<>();

  private Modules() {}

  /** A module with its priority. */
  private record Registered(Module module, int priority) {}

  /**
   * Registers a module for the next {@link #start}.
   *
   * @param priority lower ones are set up and started first and stopped last; equal ones in the
   *     order of registration
   * @throws IllegalStateException when a module of that name is registered
   */
  public static void register(Module module, int priority) {
    synchronized (REGISTERED) {
      for (Registered other : REGISTERED) {
        if (other.module().name().equals(module.name())) {
          throw new IllegalStateException(
              "a module named '" + module.name() + "' is registered already");
        }
      }
      REGISTERED.add(new Registered(module, priority));
    }
  }

  /**
   * Takes a module out of the next {@link #start}.
   *
   * @return whether it was registered
   */
  public static boolean unregister(Module module) {
    synchronized (REGISTERED) {
      return REGISTERED.removeIf(registered -> registered.module().name().equals(module.name()));
    }
  }

  /**
   * Sets up and starts all modules; {@code Kv} and {@code Filters} are ready when it returns. They
   * stop when the result is closed or the JVM ends, by SIGTERM for example, in reverse order.
   *
   * @throws ConfigurationException when the configuration does not say which store is used, or
   *     names one that is not there; nothing was set up
   * @throws ModuleException when a module fails to set up or start; those before it are stopped
   * @throws IllegalStateException when modules are running in this process
   */
  public static RunningModules start(Configuration configuration) {
    var modules = new RunningModules(configuration, inOrder(configuration));
    if (!RUNNING.compareAndSet(null, modules)) {
      throw new IllegalStateException("modules are running already; close them first");
    }
    modules.start(() -> RUNNING.compareAndSet(modules, null));
    return modules;
  }

  private static List<Module> inOrder(Configuration configuration) {
    List<Registered> registered;
    synchronized (REGISTERED) {
      registered = List.copyOf(REGISTERED);
    }
    List<Registered> all = new ArrayList<>();
    for (Module backend : backends(configuration, registered)) {
      all.add(new Registered(backend, BACKEND_PRIORITY));
    }
    all.addAll(registered);
    warnOfUnread(configuration, all);
    return all.stream()
        .sorted(Comparator.comparingInt(Registered::priority)) // A stable sort.
        .map(Registered::module)
        .toList();
  }

  /** The enabled stores in the order of the file, the one that is used last. */
  private static List<BackendModule> backends(
      Configuration configuration, List<Registered> registered) {
    List<String> names = new ArrayList<>(configuration.enabledStores());
    boolean own = registered.stream().anyMatch(other -> other.module() instanceof BucketStore);
    List<BackendModule> backends = new ArrayList<>();
    if (own && names.isEmpty() && configuration.storeKey() == null) {
      return backends;
    }
    StoreRule.Choice choice = new StoreRule(configuration).choose();
    @Nullable String used = choice.name();
    @Nullable ConnectionOptions options = choice.options();
    if (used != null && options == null) {
      requireModule(configuration, used, registered);
    }
    if (used != null && names.contains(used) && byUri(configuration)) {
      throw configuration
          .source()
          .error(
              0,
              "store is a URI of "
                  + used
                  + ", which has a section too, and both register as "
                  + used
                  + "; keep one of them");
    }
    names.remove(used);
    for (String name : names) {
      backends.add(backend(configuration, name, configuration.options(name)));
    }
    if (used != null && options != null) {
      backends.add(backend(configuration, used, options));
    }
    return backends;
  }

  private static boolean byUri(Configuration configuration) {
    Tree.@Nullable Scalar store = configuration.storeKey();
    return store != null && store.text().contains(":");
  }

  private static void requireModule(
      Configuration configuration, String name, List<Registered> registered) {
    if (registered.stream().noneMatch(other -> other.module().name().equals(name))) {
      throw StoreRule.noStore(configuration, name);
    }
  }

  private static BackendModule backend(
      Configuration configuration, String name, ConnectionOptions options) {
    @Nullable Backend backend = configuration.backends().find(name);
    ConnectionOptions shown = options;
    for (Setting setting : backend == null ? List.<Setting>of() : backend.settings()) {
      if (setting.type() == Setting.Type.SECRET && options.settings().containsKey(setting.name())) {
        shown = shown.with(setting.name(), "***");
      }
    }
    return new BackendModule(name, options, shown.toString(), configuration.filter(name));
  }

  private static void warnOfUnread(Configuration configuration, List<Registered> modules) {
    @Nullable String unread =
        configuration.unread(modules.stream().map(other -> other.module().name()).toList());
    if (unread != null) {
      LOG.warn("{}", unread);
    }
  }
}
