package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException.Effect;
import dev.kvist.KvStore;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Batches beside many others, and with servers that are killed. */
final class BatchFaultTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

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

  /** A server takes some at once, and forgets those that come beside them. */
  @Test
  void manyAtOnceAreAllApplied() {
    int threads = 20;
    int each = 5;
    int size = 200;
    try (NatsServer server = NatsServer.prepared(NatsKind.CURRENT, "few-batches")) {
      server.configure(
          "jetstream { store_dir: \""
              + server.directory().resolve("data")
              + "\", limits { batch { max_inflight_per_stream: 2 } } }");
      server.start();
      try (NatsConnection connection = Timed.open(server.url(), "50s")) {
        KvStore store = connection.store("b");
        Waiting.together(
            PATIENCE,
            threads,
            thread -> {
              for (int i = 0; i < each; i++) {
                store.batch().apply(batch(thread + "." + i, size));
              }
            });
        for (int thread = 0; thread < threads; thread++) {
          assertEquals(size, present(store, thread + "." + (each - 1), size));
        }
      }
    }
  }

  @Test
  void aKillLeavesEachOfThemWholeOrNotAtAll() {
    int size = 50;
    try (NatsServer server = NatsServer.start(NatsKind.CURRENT);
        NatsConnection connection = Timed.open(server.url(), "1s")) {
      KvStore store = connection.store("b");
      StoreWriters writers = StoreWriters.start(8, name -> store.batch().apply(batch(name, size)));
      for (int round = 0; round < 3; round++) {
        writers.awaitDone(50);
        server.kill();
        writers.awaitFailures(1);
        server.start();
      }
      writers.awaitDone(50);
      writers.stop();
      writers.done().forEach(name -> assertEquals(size, present(store, name, size), name));
      writers
          .failed()
          .forEach((name, effect) -> {
            int there = present(store, name, size);
            assertTrue(
                there == 0 || (there == size && effect == Effect.UNKNOWN),
                () -> there + " of " + name + ", of which is known: " + effect);
          });
    }
  }
}
