package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvReader;
import dev.kvist.KvStore;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * K5: keys that expire, as reads and writes see them; {@link ExpiryWatchContract} has what watches
 * see.
 */
public interface TtlContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    return place.lacks(Capability.TTL, () -> place.store().ttl())
        && place.lacks(
            Capability.TTL,
            () ->
                place
                    .writer()
                    .put(utf8("k"), utf8("v"), PutOptions.DEFAULT.withTtl(Duration.ofHours(1))))
        && place.lacks(
            Capability.TTL,
            () ->
                place
                    .writer()
                    .put(
                        utf8("k"),
                        utf8("v"),
                        PutOptions.DEFAULT.withExpires(Instant.now().plusSeconds(60))));
  }

  @Test
  default void anEntryIsGoneFromEveryReadAtItsDeadline(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    KvReader reader = store.reader();
    byte[] key = utf8("k");
    var live = new LinkedHashMap<String, BooleanSupplier>();
    live.put("get", () -> reader.get(key) != null);
    live.put("exists", () -> reader.exists(key));
    live.put("entry", () -> isLive(reader.entry(key)));
    live.put("getAll", () -> reader.getAll(List.of(key)).getFirst() != null);
    live.put("remaining", () -> store.ttl().remaining(key) != null);
    if (place.has(Capability.SCAN)) {
      live.put("keys", () -> !reader.keys(KeyRange.all()).toList().isEmpty());
      live.put("scan", () -> !reader.scan(KeyRange.all()).toList().isEmpty());
      live.put("prefix", () -> !reader.keys(KeyRange.prefix(key)).toList().isEmpty());
    }
    if (place.has(Capability.ORDERED_SCAN)) {
      live.put("reversed", () -> !reader.keys(KeyRange.all().reversed()).toList().isEmpty());
    }
    long lateMillis = place.backend().expiryLateness().toMillis();
    for (int round = 0; round < place.rounds(4); round++) {
      live.forEach((read, seen) -> {
        KvEntry entry = null;
        while (!isLive(entry)) {
          // A pause of the machine may be longer than the TTL.
          store.ttl().put(key, utf8("v"), Duration.ofMillis(15));
          entry = reader.entry(key);
        }
        long deadline = Changes.present(entry, "the entry").expiresMillis();
        while (true) {
          long before = System.currentTimeMillis();
          boolean there = seen.getAsBoolean();
          long after = System.currentTimeMillis();
          if (there) {
            assertTrue(
                before < deadline + lateMillis,
                () -> read + " shows it " + (before - deadline) + " ms late");
          } else {
            assertTrue(
                after >= deadline - lateMillis,
                () -> read + " hides it " + (deadline - after) + " ms early");
            break;
          }
        }
      });
    }
  }

  private static boolean isLive(@org.jspecify.annotations.Nullable KvEntry entry) {
    return entry != null && entry.live();
  }

  @Test
  default void aTtlIsRoundedUpToTheResolution(Place place) {
    if (absent(place)) {
      return;
    }
    long resolution = place.capabilities().ttlResolution().toMillis();
    assertTrue(resolution >= 1, "ttlResolution is at least 1 ms");
    KvStore store = place.store();
    long slack = place.backend().expiryLateness().toMillis();
    for (Duration ttl :
        List.of(
            Duration.ofMinutes(1),
            Duration.ofNanos(60_000_000_001L),
            Duration.ofHours(1),
            Duration.ofDays(400))) {
      long before = System.currentTimeMillis();
      store.ttl().put(utf8("k"), utf8("v"), ttl);
      long after = System.currentTimeMillis();
      long millis = ttl.plusNanos(999_999).toMillis();
      long rounded = (millis + resolution - 1) / resolution * resolution;
      KvEntry entry = Changes.present(store.reader().entry(utf8("k")), "the entry");
      long deadline = entry.expiresMillis();
      assertEquals(Instant.ofEpochMilli(deadline), entry.expires());
      assertTrue(
          deadline >= before + millis - slack
              && deadline <= after + rounded + resolution - 1 + slack,
          () -> ttl + " from " + before + " ends at " + deadline);
      Duration left = Changes.present(store.ttl().remaining(utf8("k")), "the remaining time");
      assertTrue(
          left.isPositive() && left.toMillis() <= rounded + resolution + slack,
          () -> "remaining " + left + " of " + ttl);
      assertTrue(
          left.toMillis() >= millis - place.patience().toMillis(),
          () -> "remaining " + left + " of " + ttl);
    }
    for (Duration wrong : List.of(Duration.ZERO, Duration.ofMillis(-1))) {
      assertThrows(
          IllegalArgumentException.class, () -> store.ttl().put(utf8("k"), utf8("v"), wrong));
      assertThrows(IllegalArgumentException.class, () -> store.ttl().touch(utf8("k"), wrong));
    }
  }

  @Test
  default void anAbsoluteDeadlineIsKept(Place place) {
    if (absent(place)) {
      return;
    }
    long resolution = place.capabilities().ttlResolution().toMillis();
    Instant deadline = Instant.ofEpochMilli(System.currentTimeMillis() + 3_600_123);
    place.writer().put(utf8("k"), utf8("v"), PutOptions.DEFAULT.withExpires(deadline));
    long kept = Changes.present(place.reader().entry(utf8("k")), "the entry").expiresMillis();
    long late = kept - deadline.toEpochMilli();
    long slack = place.backend().expiryLateness().toMillis();
    assertTrue(
        late >= -slack && late <= resolution - 1 + slack,
        () -> "kept " + late + " ms after what was asked for");
  }

  @Test
  default void touchIsAWriteOfALiveKey(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    byte[] key = utf8("k");
    byte[] pair = {1, 0, 0, 0, 0x10, 'a'};
    Version first = store.writer().put(key, pair, PutOptions.DEFAULT.withCompressed());
    assertNull(store.ttl().remaining(key), "no deadline");
    Version touched =
        Changes.present(store.ttl().touch(key, Duration.ofHours(1)), "the version of a touch");
    assertNotEquals(first, touched);
    KvEntry entry = Changes.present(store.reader().entry(key), "the entry");
    assertEquals(touched, entry.version());
    assertArrayEquals(pair, entry.value());
    assertTrue(entry.compressed(), "a touch keeps value and flag");
    long deadline = entry.expiresMillis();
    assertTrue(deadline < KvEntry.NEVER);
    assertNotEquals(touched, store.ttl().touch(key, Duration.ofHours(2)));
    assertTrue(Changes.present(store.reader().entry(key), "the entry").expiresMillis() > deadline);
    if (place.has(Capability.CAS)) {
      assertThrows(
          KvException.VersionMismatch.class, () -> store.writer().update(key, utf8("w"), touched));
    }
    for (KeyState state : KeyState.possible(place)) {
      KvStore other = state.store(place);
      state.prepare(place, other);
      if (state != KeyState.LIVE) {
        assertNull(
            other.ttl().touch(KeyState.KEY, Duration.ofHours(1)),
            () -> "touch of a key that is " + state);
        assertNull(other.ttl().remaining(KeyState.KEY));
        assertNull(other.reader().get(KeyState.KEY));
      }
    }
    store.ttl().put(key, utf8("v"), Duration.ofMillis(50));
    Changes.present(store.ttl().touch(key, Duration.ofHours(1)), "the version of a touch");
    store.ttl().put(utf8("clock"), utf8("v"), Duration.ofMillis(100));
    Waiting.until(place.patience(), "the clock", () -> !store.reader().exists(utf8("clock")));
    assertTrue(store.reader().exists(key), "what was touched in time lives on");
  }

  @Test
  default void aPutWithoutTtlClearsIt(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    Duration brief = Duration.ofMillis(150);
    store.ttl().put(utf8("put"), utf8("v"), brief);
    Version version = store.ttl().put(utf8("update"), utf8("v"), brief);
    store.ttl().put(utf8("batch"), utf8("v"), brief);
    store.writer().put(utf8("put"), utf8("w"));
    if (place.has(Capability.CAS)) {
      store.writer().update(utf8("update"), utf8("w"), version);
    } else {
      store.writer().put(utf8("update"), utf8("w"));
    }
    if (place.has(Capability.BATCH)) {
      store.batch().apply(new WriteBatch().put(utf8("batch"), utf8("w")));
    } else {
      store.writer().put(utf8("batch"), utf8("w"));
    }
    store.ttl().put(utf8("clock"), utf8("v"), Duration.ofMillis(200));
    Waiting.until(place.patience(), "the clock", () -> !store.reader().exists(utf8("clock")));
    for (String key : List.of("put", "update", "batch")) {
      assertArrayEquals(utf8("w"), store.reader().get(utf8(key)), key);
      assertNull(Changes.present(store.reader().entry(utf8(key)), "the entry").expires(), key);
      assertNull(store.ttl().remaining(utf8(key)), key);
    }
  }

  @Test
  default void anExpiredKeyIsNotLiveForAnyCondition(Place place) {
    if (absent(place) || !place.has(Capability.CAS)) {
      return;
    }
    KvStore store = place.store();
    // The reads that wait for the expiry may sweep it, or not: both must come to the same.
    for (int round = 0; round < place.rounds(10); round++) {
      byte[] key = utf8("k" + round);
      Version version = store.ttl().put(key, utf8("v"), Duration.ofMillis(3));
      Waiting.until(place.patience(), "an expiry", () -> !store.reader().exists(key));
      assertThrows(
          KvException.VersionMismatch.class, () -> store.writer().update(key, utf8("w"), version));
      assertThrows(KvException.VersionMismatch.class, () -> store.writer().delete(key, version));
      if (!place.has(Capability.BATCH)) {
        store.writer().create(key, utf8("new"));
        continue;
      }
      assertThrows(
          KvException.VersionMismatch.class,
          () -> store.batch().apply(new WriteBatch().require(key, version)));
      assertThrows(
          KvException.VersionMismatch.class,
          () -> store.batch().apply(new WriteBatch().update(key, utf8("w"), version)));
      assertNull(
          store
              .batch()
              .apply(new WriteBatch().requireAbsent(key).put(utf8("x"), utf8("y")))
              .getFirst());
      var deleted = store.batch().apply(new WriteBatch().delete(key));
      assertNull(deleted.getFirst(), "there was nothing to delete");
      Changes.present(
          store.batch().apply(new WriteBatch().create(key, utf8("new"))).getFirst(), "a version");
      assertArrayEquals(utf8("new"), store.reader().get(key));
    }
  }
}
