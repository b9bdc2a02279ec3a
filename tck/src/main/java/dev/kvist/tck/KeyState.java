package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;

import dev.kvist.Capability;
import dev.kvist.KvStore;
import dev.kvist.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The states in which an operation can meet a key. */
enum KeyState {
  /** Its bucket is missing. */
  NO_BUCKET,
  /** It never was. */
  ABSENT,
  /** It has a value. */
  LIVE,
  /** It was deleted. */
  DELETED,
  /** It was purged. */
  PURGED,
  /** Its TTL ran out. */
  EXPIRED;

  static final byte[] KEY = {'k', 0, (byte) 0xFF};

  /** The states that the backend's capabilities allow. */
  static List<KeyState> possible(Place place) {
    var states = new ArrayList<>(List.of(values()));
    if (!place.has(Capability.PURGE)) {
      states.remove(PURGED);
    }
    if (!place.has(Capability.TTL)) {
      states.remove(EXPIRED);
    }
    return states;
  }

  /** A store for this state. */
  KvStore store(Place place) {
    return place.store("s" + name());
  }

  /**
   * Brings {@link #KEY} into this state; returns its last version as a value, null when it never
   * had one.
   */
  @Nullable Version prepare(Place place, KvStore store) {
    return switch (this) {
      case NO_BUCKET -> null;
      case ABSENT -> {
        store.writer().put(utf8("another"), utf8("v"));
        yield null;
      }
      case LIVE -> store.writer().put(KEY, utf8("old"));
      case DELETED -> {
        Version version = store.writer().put(KEY, utf8("old"));
        store.writer().delete(KEY);
        yield version;
      }
      case PURGED -> {
        Version version = store.writer().put(KEY, utf8("old"));
        store.purger().purge(KEY);
        yield version;
      }
      case EXPIRED -> {
        Version version = store.ttl().put(KEY, utf8("old"), Duration.ofMillis(5));
        Waiting.until(place.patience(), "an expiry", () -> !store.reader().exists(KEY));
        yield version;
      }
    };
  }
}
