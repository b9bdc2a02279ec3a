package dev.kvist.tck;

import dev.kvist.KvEntry;
import dev.kvist.KvUpdate;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Updates of a watch as text that can be compared and read, and the state they add up to. */
final class Changes {
  private Changes() {}

  /** A value that the test needs; its absence fails the test. */
  static <T> T present(@Nullable T value, String what) {
    if (value == null) {
      throw new AssertionError(what + " is missing");
    }
    return value;
  }

  /** Kind, key and value, such as {@code put a=1}. */
  static String text(KvUpdate update) {
    return switch (update) {
      case KvUpdate.Put put -> "put " + Bytes.of(put.key()) + "=" + Bytes.of(put.value());
      case KvUpdate.Delete delete ->
          (delete.expired() ? "expire " : "delete ") + Bytes.of(delete.key());
      case KvUpdate.Purge purge -> "purge " + Bytes.of(purge.key());
      case KvUpdate.CaughtUp _ -> "caught up";
    };
  }

  /** The text of each. */
  static List<String> texts(List<KvUpdate> updates) {
    return updates.stream().map(Changes::text).toList();
  }

  /** The key; of {@code CaughtUp} no bytes. */
  static Bytes key(KvUpdate update) {
    return switch (update) {
      case KvUpdate.Put put -> Bytes.of(put.key());
      case KvUpdate.Delete delete -> Bytes.of(delete.key());
      case KvUpdate.Purge purge -> Bytes.of(purge.key());
      case KvUpdate.CaughtUp _ -> Bytes.of("");
    };
  }

  /** The text with version and deadline, for comparison with a model. */
  static String exact(KvUpdate update) {
    return update instanceof KvUpdate.Put put ? exact(put.entry()) : text(update);
  }

  /** Likewise of a live entry. */
  static String exact(KvEntry entry) {
    return exact(
        Bytes.of(entry.key()),
        Bytes.of(entry.value()),
        entry.version(),
        entry.expiresMillis(),
        entry.compressed());
  }

  static String exact(
      Bytes key, Bytes value, Object version, long expiresMillis, boolean compressed) {
    return "put "
        + key
        + "="
        + value
        + " "
        + version
        + (expiresMillis == KvEntry.NEVER ? "" : " expires " + expiresMillis)
        + (compressed ? " compressed" : "");
  }

  /** Adds an update to a replica. */
  static void fold(Map<Bytes, Bytes> replica, KvUpdate update) {
    if (update instanceof KvUpdate.Put put) {
      replica.put(Bytes.of(put.key()), Bytes.of(put.value()));
    } else {
      replica.remove(key(update));
    }
  }

  /**
   * Compares what a watch delivered with what it should have.
   *
   * @param everyChange false when a change may be missing that a later one of the same key makes
   *     good
   */
  static void assertDelivered(
      List<String> expected, List<String> keys, List<String> actual, boolean everyChange) {
    if (everyChange) {
      org.junit.jupiter.api.Assertions.assertLinesMatch(
          expected.stream().map(Changes::quoted).toList(), actual);
      return;
    }
    // From the end, because of equal changes it is the last one that must be there.
    int left = actual.size();
    for (int i = expected.size() - 1; i >= 0; i--) {
      if (left > 0 && actual.get(left - 1).equals(expected.get(i))) {
        left--;
      } else if (!keys.subList(i + 1, keys.size()).contains(keys.get(i))) {
        throw new AssertionError("missing: " + expected.get(i) + ", delivered: " + actual);
      }
    }
    if (left > 0) {
      throw new AssertionError(
          "not expected, or out of order: " + actual.get(left - 1) + " in " + actual);
    }
  }

  // assertLinesMatch would read a line as a pattern where it is not equal.
  private static String quoted(String line) {
    return java.util.regex.Pattern.quote(line);
  }
}
