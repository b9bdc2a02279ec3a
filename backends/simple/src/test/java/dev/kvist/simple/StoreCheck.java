package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.simple.Ledger.Change;
import dev.kvist.simple.Ledger.Kind;
import dev.kvist.simple.Ledger.Place;
import dev.kvist.tck.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Compares every way of reading a store with each other and with a ledger. */
final class StoreCheck {
  private final Store store;
  private final SimpleConnection connection;
  private final Ledger ledger;

  StoreCheck(Store store, SimpleConnection connection, Ledger ledger) {
    this.store = store;
    this.connection = connection;
    this.ledger = ledger;
  }

  /** What scans find, each key once and in order. */
  static Map<Place, KvEntry> scan(SimpleConnection connection, Ledger ledger) {
    Map<Place, KvEntry> found = new TreeMap<>();
    for (String bucket : buckets(ledger)) {
      Bytes last = null;
      for (KvEntry entry : connection.store(bucket).reader().scan(KeyRange.all())) {
        Bytes key = Bytes.of(entry.key());
        assertTrue(
            last == null || last.compareTo(key) < 0, "a scan came to " + key + " after " + last);
        last = key;
        found.put(new Place(bucket, key), entry);
      }
    }
    return found;
  }

  static Set<String> buckets(Ledger ledger) {
    Set<String> buckets = new HashSet<>();
    ledger.places.forEach(place -> buckets.add(place.bucket()));
    return buckets;
  }

  /** Fails unless every read says what the ledger does. */
  void all() {
    Map<Place, KvEntry> found = scan(connection, ledger);
    ledger.assertHeld(found);
    points(found);
    for (String bucket : buckets(ledger)) {
      ranges(bucket, found);
      state(bucket);
    }
    listing();
    assertEquals(List.of(), connection.maintenance().verify().damages());
    tally();
  }

  /** Fails unless point reads find what was acknowledged, but for what was under way. */
  static void acknowledged(SimpleConnection connection, Ledger ledger) {
    for (Place place : ledger.places) {
      if (ledger.pending.stream().noneMatch(change -> change.place.equals(place))) {
        byte[] value = connection.store(place.bucket()).reader().get(place.key().array());
        @Nullable Change live = ledger.live(place);
        assertEquals(
            live == null ? null : live.value,
            value == null ? null : Bytes.of(value),
            place::toString);
      }
    }
  }

  private void points(Map<Place, KvEntry> found) {
    for (Place place : ledger.places) {
      byte[] key = place.key().array();
      var reader = connection.store(place.bucket()).reader();
      @Nullable KvEntry scanned = found.get(place);
      assertEquals(scanned != null, reader.exists(key), () -> "exists " + place);
      assertArrayEquals(
          scanned == null ? null : scanned.value(), reader.get(key), () -> "get " + place);
      KvEntry entry = reader.entry(key);
      @Nullable Duration remaining = connection.store(place.bucket()).ttl().remaining(key);
      if (scanned == null) {
        marker(place, entry);
        assertEquals(null, remaining);
      } else {
        assertEquals(scanned, entry, () -> "entry " + place);
        long deadline = scanned.expiresMillis();
        assertEquals(
            deadline == KvEntry.NEVER ? null : Duration.ofMillis(deadline - ledger.now), remaining);
      }
    }
  }

  private void marker(Place place, @Nullable KvEntry marker) {
    Change change = ledger.latest.get(place);
    if (marker == null) {
      assertTrue(
          change == null
              || change.kind == Kind.PUT
              || change.mayBeLost
              || (change.compactions < ledger.compactions
                  && change.madeAt + store.engine.settings.markerRetentionMillis() <= ledger.now),
          () -> "the marker is gone of " + change);
      return;
    }
    assertTrue(change != null, () -> "a marker of a key that never was: " + marker);
    KvEntry.Kind expected = change.kind == Kind.PURGE ? KvEntry.Kind.PURGED : KvEntry.Kind.DELETED;
    assertTrue(
        change.mayBeLost || marker.kind() == expected, () -> marker.kind() + " of " + change);
    assertTrue(
        change.mayBeLost
            || change.kind == Kind.PUT
            || change.version == null
            || change.version.equals(marker.version()),
        () -> "version " + marker.version() + " of the marker of " + change);
  }

  private void ranges(String bucket, Map<Place, KvEntry> found) {
    var keys = new ArrayList<Bytes>();
    found.keySet().stream().filter(p -> p.bucket().equals(bucket)).forEach(p -> keys.add(p.key()));
    var reader = connection.store(bucket).reader();
    assertEquals(keys, listed(reader.keys(KeyRange.all())), () -> "keys of " + bucket);
    assertEquals(
        keys.reversed(),
        listed(reader.keys(KeyRange.all().reversed())),
        () -> "reversed " + bucket);
    if (!keys.isEmpty()) {
      byte[] middle = keys.get(keys.size() / 2).array();
      assertEquals(
          keys.subList(keys.size() / 2, keys.size()),
          listed(reader.keys(KeyRange.all().from(middle))),
          () -> "from the middle of " + bucket);
      byte[] prefix = {middle[0]};
      assertEquals(
          keys.stream().filter(key -> key.startsWith(prefix)).toList(),
          listed(reader.keys(KeyRange.prefix(prefix))),
          () -> "prefix in " + bucket);
    }
  }

  private static List<Bytes> listed(Iterable<byte[]> keys) {
    var listed = new ArrayList<Bytes>();
    keys.forEach(key -> listed.add(Bytes.of(key)));
    return listed;
  }

  /** A watch that starts with the state delivers just that. */
  private void state(String bucket) {
    try (KvWatch watch =
        connection.store(bucket).watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
      var left = new ArrayList<Change>(ledger.live(bucket));
      while (watch.next() instanceof KvUpdate.Put put) {
        Bytes key = Bytes.of(put.key());
        assertTrue(
            left.removeIf(
                change -> change.place.key().equals(key) && ledger.isSame(change, put.entry())),
            () -> "a watch's state has " + Follower.text(put));
      }
      assertEquals(List.of(), left, "missing in a watch's state");
      ledger.marks.add(
          new Ledger.Mark(
              java.util.Objects.requireNonNull(watch.cursor()),
              bucket,
              ledger.changes.size(),
              ledger.compactions));
    }
  }

  private void listing() {
    Set<String> listed = new HashSet<>();
    connection.buckets().forEachRemaining(bucket -> assertTrue(listed.add(bucket), bucket));
    for (String bucket : buckets(ledger)) {
      if (!ledger.live(bucket).isEmpty()) {
        assertTrue(listed.contains(bucket), () -> "not listed: " + bucket);
      }
    }
    assertTrue(buckets(ledger).containsAll(listed), () -> "listed: " + listed);
    for (String bucket : ledger.dropped) {
      assertTrue(!listed.contains(bucket), () -> "listed, and was dropped: " + bucket);
    }
  }

  /** Nothing that is counted may drift. */
  private void tally() {
    long[] counts = new long[3];
    store.engine.index.forEach(position -> {
      Segment segment = store.engine.log.at(position);
      long lengths = RecordLayout.lengths(segment.memory(), Segment.offset(position));
      if (RecordLayout.type(lengths) == RecordLayout.PUT) {
        counts[0]++;
        counts[1] += RecordLayout.keyLength(lengths) + (long) RecordLayout.valueLength(lengths);
      }
      counts[2] += RecordLayout.size(lengths);
    });
    Tally tally = store.engine.tally;
    assertEquals(counts[0], tally.live(), "counted values");
    assertEquals(counts[1], tally.liveBytes(), "counted bytes of values");
    // A marker that compaction forgets has no record that could tell a recovery of it.
    long drift = tally.recordBytes() - counts[2];
    assertTrue(drift >= 0 && drift <= 2_000, "counted bytes of records are " + drift + " too many");
  }
}
