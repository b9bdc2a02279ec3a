package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvStore;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.tck.nats.NatsKind;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Drops of buckets that somebody watches. */
final class DropTest {
  private static final int KEYS = 30_000;
  private static final int KEYS_OF_A_BATCH = 1_000;

  private static NatsConnection open(String options) {
    return NatsConnection.connect(
        NatsConnectionConfig.of("nats://" + SharedServer.of(NatsKind.CURRENT).address() + options));
  }

  /** Each key is purged before, so that watches hear of it; all of them take their time. */
  @Test
  void manyKeysTakeLongerThanOneOperationMay() {
    String bucket = "many" + System.nanoTime();
    try (NatsConnection patient = open("");
        NatsConnection hasty = open("?operation_timeout=1s")) {
      KvStore store = patient.store(bucket);
      for (int from = 0; from < KEYS; from += KEYS_OF_A_BATCH) {
        var batch = new WriteBatch();
        for (int i = from; i < from + KEYS_OF_A_BATCH; i++) {
          batch.put(utf8("key" + i), utf8("v"));
        }
        store.batch().apply(batch);
      }
      try (var _ = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
        assertTrue(hasty.drop(bucket));
        assertFalse(hasty.drop(bucket));
        assertEquals(List.of(), store.reader().keys(dev.kvist.KeyRange.all()).toList());
      }
    }
  }
}
