package dev.kvist.config;

import dev.kvist.Kvist;
import dev.kvist.bucket.Kv;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** The child of {@link ShutdownTest}: writes, says so, and waits to be ended. */
final class StoppedByTheSystem {
  private StoppedByTheSystem() {}

  /** Takes the data directory. */
  public static void main(String[] arguments) throws InterruptedException {
    RunningModules modules =
        Modules.start(Configuration.of(Map.of("store", "simple_kv", "data_dir", arguments[0])));
    Kv.set("written", Kvist.utf8("value"));
    System.out.println("running " + modules.names());
    new CountDownLatch(1).await();
  }
}
