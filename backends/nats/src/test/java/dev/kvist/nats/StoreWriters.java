package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.tck.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Threads that write one new thing after the other through all that happens to the servers, and
 * what became of each.
 */
final class StoreWriters {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Set<String> done = ConcurrentHashMap.newKeySet();
  private final Map<String, Effect> failed = new ConcurrentHashMap<>();
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final List<Future<?>> threads = new ArrayList<>();

  /**
   * Starts so many.
   *
   * @param write writes what has this name, which nothing had before
   */
  static StoreWriters start(int threads, Consumer<String> write) {
    var writers = new StoreWriters();
    for (int t = 0; t < threads; t++) {
      String thread = "t" + t + ".";
      writers.threads.add(
          Waiting.start(
              Thread.ofVirtual(),
              () -> {
                for (int i = 0; !writers.stopping.get(); i++) {
                  writers.write(thread + i, write);
                }
              }));
    }
    return writers;
  }

  private void write(String name, Consumer<String> write) {
    try {
      write.accept(name);
      done.add(name);
    } catch (KvException e) {
      failed.put(name, e.effect());
    }
  }

  /** What was acknowledged. */
  Set<String> done() {
    return done;
  }

  /** What failed, with what is known of it. */
  Map<String, Effect> failed() {
    return failed;
  }

  /** Waits until so many more were acknowledged. */
  void awaitDone(int more) {
    int enough = done.size() + more;
    Waiting.until(PATIENCE, "writes", () -> done.size() >= enough);
  }

  /** Waits until so many more failed. */
  void awaitFailures(int more) {
    int enough = failed.size() + more;
    Waiting.until(PATIENCE, "failures", () -> failed.size() >= enough);
  }

  /** Stops all of them. */
  void stop() {
    stopping.set(true);
    Waiting.all(PATIENCE, threads);
  }
}
