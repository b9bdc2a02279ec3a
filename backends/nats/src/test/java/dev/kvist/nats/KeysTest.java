package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KeyRange;
import dev.kvist.KvScan;
import dev.kvist.KvStore;
import dev.kvist.tck.nats.NatsKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a list of keys makes the server send. */
final class KeysTest {
  private static final int KEYS = 200;

  @ParameterizedTest
  @EnumSource
  void keysOfLargeValuesComeWithoutThem(NatsKind kind) {
    int valueBytes = 10_000;
    assertTrue(received(kind, "large", valueBytes) < (long) KEYS * valueBytes / 10);
  }

  @ParameterizedTest
  @EnumSource
  void keysOfShortValuesComeWithThem(NatsKind kind) {
    assertTrue(received(kind, "short", 100) >= (long) KEYS * 100);
  }

  /** How many bytes came while the keys were listed. */
  private static long received(NatsKind kind, String bucket, int valueBytes) {
    try (PlainClient client = PlainClient.connect(SharedServer.of(kind).url());
        NatsConnection connection =
            NatsConnection.over(client.connection(), NatsConnectionConfig.of("nats://unused"))) {
      KvStore store = connection.store(bucket);
      for (int i = 0; i < KEYS; i++) {
        store.writer().put(utf8("key." + i), new byte[valueBytes]);
      }
      long before = client.connection().getStatistics().getInBytes();
      try (KvScan<byte[]> keys = store.reader().keys(KeyRange.all())) {
        assertEquals(KEYS, keys.toList().size());
      }
      connection.drop(bucket);
      return client.connection().getStatistics().getInBytes() - before;
    }
  }
}
