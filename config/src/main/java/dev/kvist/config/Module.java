package dev.kvist.config;

/**
 * A part of an application that is set up, started and stopped with the others; registered by
 * {@link Modules#register}.
 *
 * <p>A module that is also a {@link dev.kvist.bucket.BucketStore} is opened after {@link #start}
 * and closed before {@link #stop}; if it registered itself with {@code Kv} under its {@link #name},
 * that name is freed after it stopped, and {@code store: NAME} makes it the active store. So a
 * store of one's own needs no more than
 *
 * <pre>{@code
 * import dev.kvist.bucket.BucketStore;
 * import dev.kvist.bucket.Kv;
 * import dev.kvist.config.Configuration;
 * import dev.kvist.config.Module; // by its name: java.lang has a Module too
 *
 * final class MyKvBackend implements Module, BucketStore {
 *   public String name() {
 *     return "my_backend";
 *   }
 *
 *   public void setup(Configuration configuration) {
 *     Kv.register(name(), this);
 *   }
 *   // and the eight methods of BucketStore
 * }
 *
 * Modules.register(new MyKvBackend(), Modules.BACKEND_PRIORITY);
 * }</pre>
 *
 * All methods run on the thread that starts or closes the modules, one after the other.
 */
@SuppressWarnings("JavaLangClash") // Nobody who has modules of an application means java.lang's.
public interface Module {
  /** Its name: unique among the modules, and fit for messages. */
  String name();

  /**
   * Prepares the module: reads the configuration, registers what others may use. Those of lower
   * priority are set up.
   *
   * <p>What it throws stops the modules that were set up before it, in reverse; it is itself not
   * stopped, and gives back what it took.
   */
  void setup(Configuration configuration);

  /**
   * Starts the work. All modules are set up, those of lower priority are started. What it throws
   * stops all modules in reverse, itself included.
   */
  default void start() {}

  /**
   * Ends the work and gives everything back. Runs once after a {@link #setup} that returned,
   * whether it was started or not.
   */
  default void stop() {}
}
