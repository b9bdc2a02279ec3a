package dev.kvist.simple;

import dev.kvist.Connection;
import dev.kvist.KvEntry;
import dev.kvist.Kvist;
import dev.kvist.WriteBatch;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The operations of one writer, each of which follows from the writer's number and its own alone:
 * so that the process that is killed can do them, and the one that killed it knows what should be
 * there.
 */
final class KillHistory {
  static final String BUCKET = "writers";
  static final String OTHER_BUCKET = "others";
  private static final int KEYS = 30;
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(1);

  private KillHistory() {}

  /** The value that an operation stores; its length varies, and its bytes name the operation. */
  static byte[] value(int writer, int operation) {
    var random = new Random(writer * 1_000_003L + operation);
    byte[] value = new byte[random.nextInt(8) == 0 ? random.nextInt(20_000) : random.nextInt(200)];
    random.nextBytes(value);
    return value;
  }

  private static byte[] key(int writer, int number) {
    return Kvist.utf8("w" + writer + "/" + number);
  }

  /** Does an operation; returns when it is acknowledged. */
  static void apply(Connection connection, int writer, int operation) {
    var store = connection.store(BUCKET);
    byte[] key = key(writer, operation * 7 % KEYS);
    switch (operation % 10) {
      case 3 -> store.writer().delete(key);
      case 5 -> store.ttl().put(key, value(writer, operation), LONG);
      case 6 -> store.ttl().put(key, value(writer, operation), SHORT);
      case 7 -> store.purger().purge(key);
      case 8 ->
          connection
              .batch()
              .apply(
                  new WriteBatch()
                      .in(BUCKET)
                      .put(key, value(writer, operation))
                      .delete(key(writer, (operation * 7 + 1) % KEYS))
                      .in(OTHER_BUCKET)
                      .put(key, value(writer, operation)));
      default -> store.writer().put(key, value(writer, operation));
    }
  }

  /**
   * Does the same to a map from bucket and key to the number of the operation that stored there.
   */
  static void applyTo(Map<String, Integer> state, int writer, int operation) {
    int number = operation * 7 % KEYS;
    String name = name(BUCKET, writer, number);
    switch (operation % 10) {
      case 3, 6, 7 -> state.remove(name);
      case 8 -> {
        state.put(name, operation);
        state.remove(name(BUCKET, writer, (operation * 7 + 1) % KEYS));
        state.put(name(OTHER_BUCKET, writer, number), operation);
      }
      default -> state.put(name, operation);
    }
  }

  private static String name(String bucket, int writer, int number) {
    return bucket + "/" + writer + "/" + number;
  }

  /** Where a store differs from the state after a writer's operations; null when it does not. */
  static @Nullable String difference(
      Connection connection, Map<String, Integer> state, int writer) {
    for (String bucket : new String[] {BUCKET, OTHER_BUCKET}) {
      for (int number = 0; number < KEYS; number++) {
        KvEntry entry = connection.store(bucket).reader().entry(key(writer, number));
        byte @Nullable [] there = entry == null || !entry.live() ? null : entry.value();
        Integer operation = state.get(name(bucket, writer, number));
        boolean same =
            entry == null || there == null || operation == null
                ? operation == null && there == null
                : Arrays.equals(there, value(writer, operation))
                    && (bucket.equals(OTHER_BUCKET)
                        || operation % 10 == 5 == (entry.expiresMillis() != KvEntry.NEVER));
        if (!same) {
          return name(bucket, writer, number)
              + " should be of operation "
              + operation
              + " and is "
              + entry;
        }
      }
    }
    return null;
  }
}
