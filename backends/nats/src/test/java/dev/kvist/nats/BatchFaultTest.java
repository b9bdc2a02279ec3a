package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.KvStore;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Batches beside many others, and with servers that are killed. */
final class BatchFaultTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static NatsConnection open(NatsServer server, String timeout) {
    return NatsConnection.connect(
        NatsConnectionConfig.of(server.url()).with("operation_timeout", timeout));
  }

  private static WriteBatch batch(String name, int size) {
    var batch = new WriteBatch();
    for (int i = 0; i < size; i++) {
      batch.put(utf8(name + "." + i), utf8(name));
    }
    return batch;
  }

  private static int present(KvStore store, String name, int size) {
    List<byte[]> keys = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      keys.add(utf8(name + "." + i));
    }
    return (int) store.reader().getAll(keys).stream().filter(Objects::nonNull).count();
  }

  /** A server takes no more than fifty for a stream. */
  @Test
  void manyAtOnceAreAllApplied() {
    int threads = 100;
    int each = 5;
    int size = 200;
    try (NatsServer server = NatsServer.start(NatsKind.CURRENT);
        NatsConnection connection = open(server, "50s")) {
      KvStore store = connection.store("b");
      List<Future<?>> writers = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        String name = "t" + t;
        writers.add(
            Waiting.start(
                Thread.ofVirtual(),
                () -> {
                  for (int i = 0; i < each; i++) {
                    store.batch().apply(batch(name + "." + i, size));
                  }
                }));
      }
      Waiting.all(PATIENCE, writers);
      for (int t = 0; t < threads; t++) {
        assertEquals(size, present(store, "t" + t + "." + (each - 1), size));
      }
    }
  }

  @Test
  void aKillLeavesEachOfThemWholeOrNotAtAll() {
    int size = 50;
    try (NatsServer server = NatsServer.start(NatsKind.CURRENT);
        NatsConnection connection = open(server, "1s")) {
      KvStore store = connection.store("b");
      Map<String, Effect> failed = new ConcurrentHashMap<>();
      Map<String, Boolean> done = new ConcurrentHashMap<>();
      var stop = new AtomicBoolean();
      List<Future<?>> writers = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        String thread = "t" + t + ".";
        writers.add(
            Waiting.start(
                Thread.ofVirtual(),
                () -> {
                  for (int i = 0; !stop.get(); i++) {
                    String name = thread + i;
                    try {
                      store.batch().apply(batch(name, size));
                      done.put(name, true);
                    } catch (KvException e) {
                      failed.put(name, e.effect());
                    }
                  }
                }));
      }
      for (int round = 0; round < 3; round++) {
        int before = done.size();
        Waiting.until(PATIENCE, "batches", () -> done.size() > before + 50);
        int failures = failed.size();
        server.kill();
        Waiting.until(PATIENCE, "failures", () -> failed.size() > failures);
        server.start();
      }
      int before = done.size();
      Waiting.until(PATIENCE, "batches again", () -> done.size() > before + 50);
      stop.set(true);
      Waiting.all(PATIENCE, writers);
      done.keySet().forEach(name -> assertEquals(size, present(store, name, size), name));
      failed.forEach((name, effect) -> {
        int there = present(store, name, size);
        assertTrue(
            there == 0 || (there == size && effect == Effect.UNKNOWN),
            () -> there + " of " + name + ", of which is known: " + effect);
      });
    }
  }
}
