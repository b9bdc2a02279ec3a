package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvWatch;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.simple.Ledger.Change;
import dev.kvist.simple.Ledger.Kind;
import dev.kvist.simple.Ledger.Place;
import dev.kvist.tck.Bytes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random operations on a store, each told to the ledger before and after, and each answer compared
 * with it.
 */
final class Workload {
  private final Random random;
  private final Store store;
  private final SimpleConnection connection;
  private final Ledger ledger;
  private final boolean sync;
  private final Arguments arguments;
  private final Map<String, KvWatch> watches = new HashMap<>();
  private final Map<String, Follower> followers = new HashMap<>();

  private boolean full;
  private boolean compactedWhileFull;
  private int refusedForRoom;

  Workload(Random random, Store store, SimpleConnection connection, Ledger ledger, int keys) {
    this.random = random;
    this.store = store;
    this.connection = connection;
    this.ledger = ledger;
    ledger.epoch = store.engine.log.epoch() & 0xFFFFFFFFL;
    this.sync = store.engine.settings.syncWrites();
    this.arguments = new Arguments(random, ledger, keys);
  }

  /** Whether the disk has no room left; when it has again, the next put must succeed. */
  void full(boolean isFull) {
    full = isFull;
    compactedWhileFull = false;
  }

  /** Writes until spares are held back, as they always are where a thread makes them. */
  void untilSpare() {
    while (!spareForDeletes()) {
      Place place = new Place("a", Bytes.of("filler"));
      byte[] value = new byte[4_000];
      random.nextBytes(value);
      ledger.dropped.remove("a");
      Change change = ledger.plan(Kind.PUT, place, value, KvEntry.NEVER, false);
      change.version = connection.store("a").writer().put(place.key().array(), value);
      done();
    }
  }

  /** One more than compaction needs. */
  private boolean spareForDeletes() {
    return spareBytes() >= 2L * store.engine.settings.segmentBytes();
  }

  private long spareBytes() {
    long bytes = store.engine.log.bytes();
    for (Segment segment : store.engine.log.wal()) {
      bytes -= segment.capacity();
    }
    for (Segment segment : store.engine.log.state()) {
      bytes -= segment.capacity();
    }
    return bytes;
  }

  /** Deletes and the like work on a full disk, until they used up the spare that is for them. */
  private void checkRefusal(KvException.StoreFull e) {
    if (!full || (!compactedWhileFull && spareForDeletes())) {
      throw e;
    }
    refusedForRoom++;
  }

  /** How many puts were refused for want of room. */
  int refusedForRoom() {
    return refusedForRoom;
  }

  /** So many keys more in one bucket that the index has to grow. */
  void fill(int count) {
    for (int i = 0; i < count; ) {
      var batch = new WriteBatch().in("wide");
      var planned = new ArrayList<Change>();
      for (int j = 0; j < 100; j++, i++) {
        byte[] key = Bytes.of(Integer.toString(i, 36) + "-" + random.nextInt(1000)).array();
        batch.put(key, key);
        planned.add(
            ledger.plan(Kind.PUT, new Place("wide", Bytes.of(key)), key, KvEntry.NEVER, false));
      }
      ledger.together();
      List<@Nullable Version> versions = connection.batch().apply(batch);
      for (int j = 0; j < planned.size(); j++) {
        planned.get(j).version = versions.get(j);
      }
      done();
    }
  }

  /** One operation. */
  void step() throws IOException {
    int dice = random.nextInt(1000);
    if (dice < 400) {
      put();
    } else if (dice < 500) {
      delete();
    } else if (dice < 560) {
      batch();
    } else if (dice < 610) {
      purge(arguments.place());
    } else if (dice < 640) {
      touch();
    } else if (dice < 700) {
      ledger.now += random.nextInt(random.nextInt(4) == 0 ? 5_000 : 50);
    } else if (dice < 740) {
      sweep();
    } else if (dice < 790) {
      store.committer.sync(true);
      ledger.synced();
    } else if (dice < 850) {
      follow();
    } else if (dice < 880) {
      compact();
    } else if (dice < 888) {
      drop();
    } else if (dice < 900) {
      maintain();
    } else {
      read();
    }
  }

  // --- writes -----------------------------------------------------------------------------------

  private interface Call<T extends @Nullable Object> {
    T call();
  }

  /**
   * Calls the store with what was planned; null when it refused for want of room, which only what
   * writes values may meet.
   */
  private <T extends @Nullable Object> @Nullable T write(Call<T> call) {
    boolean puts = ledger.pending.stream().anyMatch(change -> change.kind == Kind.PUT);
    ledger.pending.forEach(change -> ledger.dropped.remove(change.place.bucket()));
    T result;
    try {
      result = call.call();
    } catch (KvException.StoreFull e) {
      if (puts && full) {
        refusedForRoom++;
      } else {
        checkRefusal(e);
      }
      ledger.refused();
      return null;
    }
    return result;
  }

  private void done() {
    // What changed nothing waits for no sync.
    boolean changed = !ledger.pending.isEmpty();
    ledger.done();
    if (sync && changed) {
      ledger.synced();
    }
  }

  /** Which error a write under these conditions must meet; null for none. */
  private @Nullable Class<? extends KvException> refusal(Place place, PutOptions options) {
    Change live = ledger.live(place);
    if (options.absent() && live != null) {
      return KvException.AlreadyExists.class;
    }
    Version expected = options.expected();
    return expected != null && (live == null || !expected.equals(live.version))
        ? KvException.VersionMismatch.class
        : null;
  }

  private long deadline(PutOptions options) {
    Duration ttl = options.ttl();
    java.time.Instant expires = options.expires();
    return ttl != null
        ? ledger.now + ttl.toMillis()
        : expires != null ? Math.max(1, expires.toEpochMilli()) : KvEntry.NEVER;
  }

  private void put() {
    Place place = arguments.place();
    PutOptions options = arguments.options(place);
    byte[] value = arguments.value();
    @Nullable Class<? extends KvException> refusal = refusal(place, options);
    Change change = ledger.plan(Kind.PUT, place, value, deadline(options), options.compressed());
    if (refusal != null) {
      ledger.refused();
      refused(
          refusal,
          () -> connection.store(place.bucket()).writer().put(place.key().array(), value, options));
      return;
    }
    Version version =
        write(() ->
            connection.store(place.bucket()).writer().put(place.key().array(), value, options));
    if (version != null) {
      change.version = version;
      done();
    }
  }

  private static void refused(Class<? extends KvException> expected, Call<?> call) {
    KvException failure = null;
    try {
      call.call();
    } catch (KvException.IoFailed e) {
      throw e; // The fault that was asked for, or none that may be.
    } catch (KvException e) {
      failure = e;
    }
    assertEquals(expected, failure == null ? null : failure.getClass());
  }

  private void delete() {
    Place place = arguments.place();
    var writer = connection.store(place.bucket()).writer();
    Change live = ledger.live(place);
    if (random.nextInt(3) == 0) {
      Version expected = arguments.version(live);
      if (live == null || !expected.equals(live.version)) {
        refused(
            KvException.VersionMismatch.class, () -> writer.delete(place.key().array(), expected));
        return;
      }
      Change change = ledger.plan(Kind.DELETE, place);
      change.version = write(() -> writer.delete(place.key().array(), expected));
      if (change.version != null) {
        done();
      }
    } else if (live == null) {
      assertEquals(false, writer.delete(place.key().array()));
    } else {
      ledger.plan(Kind.DELETE, place);
      Boolean deleted = write(() -> writer.delete(place.key().array()));
      if (deleted != null) {
        assertEquals(true, deleted);
        done();
      }
    }
  }

  private void purge(Place place) {
    ledger.plan(Kind.PURGE, place);
    Boolean purged =
        write(() -> {
          connection.store(place.bucket()).purger().purge(place.key().array());
          return true;
        });
    if (purged != null) {
      done();
    }
  }

  private void touch() {
    Place place = arguments.place();
    Change live = ledger.live(place);
    Duration ttl = Duration.ofMillis(1 + random.nextInt(3_000));
    var ttls = connection.store(place.bucket()).ttl();
    if (live == null) {
      assertEquals(null, ttls.touch(place.key().array(), ttl));
      return;
    }
    Change change =
        ledger.plan(Kind.PUT, place, live.value.array(), ledger.now + ttl.toMillis(), live.pair);
    Version version = write(() -> ttls.touch(place.key().array(), ttl));
    if (version != null) {
      change.version = version;
      done();
    }
  }

  private void batch() {
    var batch = new WriteBatch();
    var places = new ArrayList<Place>();
    var planned = new ArrayList<@Nullable Change>();
    @Nullable Class<? extends KvException> refusal = null;
    for (int i = random.nextInt(12); i >= 0; i--) {
      Place place = arguments.place();
      if (places.contains(place)) {
        continue;
      }
      places.add(place);
      @Nullable Class<? extends KvException> refused = add(batch, place, planned);
      refusal = refusal == null ? refused : refusal;
    }
    ledger.together();
    if (refusal != null) {
      ledger.refused();
      refused(refusal, () -> connection.batch().apply(batch));
      return;
    }
    List<@Nullable Version> versions = write(() -> connection.batch().apply(batch));
    if (versions != null) {
      assertEquals(planned.size(), versions.size());
      for (int i = 0; i < planned.size(); i++) {
        Change change = planned.get(i);
        assertEquals(change == null, versions.get(i) == null, () -> "versions " + versions);
        if (change != null) {
          change.version = versions.get(i);
        }
      }
      done();
    }
  }

  /** Adds one operation; returns the error that it makes the batch meet. */
  private @Nullable Class<? extends KvException> add(
      WriteBatch batch, Place place, List<@Nullable Change> planned) {
    byte[] key = place.key().array();
    batch.in(place.bucket());
    Change live = ledger.live(place);
    switch (random.nextInt(8)) {
      case 0 -> {
        batch.delete(key);
        planned.add(live == null ? null : ledger.plan(Kind.DELETE, place));
      }
      case 1 -> {
        batch.purge(key);
        planned.add(ledger.plan(Kind.PURGE, place));
      }
      case 2 -> {
        planned.add(null);
        if (live == null || random.nextInt(4) == 0) {
          batch.requireAbsent(key);
          return live == null ? null : KvException.AlreadyExists.class;
        }
        batch.require(key, Objects.requireNonNull(live.version));
      }
      default -> {
        PutOptions options = random.nextInt(4) == 0 ? arguments.options(place) : PutOptions.DEFAULT;
        byte[] value = arguments.value();
        batch.put(key, value, options);
        @Nullable Class<? extends KvException> refused = refusal(place, options);
        planned.add(ledger.plan(Kind.PUT, place, value, deadline(options), options.compressed()));
        return refused;
      }
    }
    return null;
  }

  /** Purges each key on its own: a crash may leave some. */
  private void drop() {
    String bucket = Arguments.BUCKETS[random.nextInt(Arguments.BUCKETS.length)];
    if (full) {
      // It would stop in the middle when the spare is used up.
      return;
    }
    if (!StoreCheck.buckets(ledger).contains(bucket)) {
      assertEquals(false, connection.drop(bucket));
      return;
    }
    ledger.live(bucket).forEach(change -> ledger.plan(Kind.PURGE, change.place));
    boolean any = !ledger.pending.isEmpty();
    boolean dropped = connection.drop(bucket);
    assertTrue(dropped || !any, "a bucket with keys was not dropped");
    done();
    ledger.dropped.add(bucket);
  }

  // --- care -------------------------------------------------------------------------------------

  private void sweep() {
    try {
      while (store.expiry.sweep()) {
        // Until nothing is due.
      }
    } catch (KvException.StoreFull e) {
      checkRefusal(e);
      return;
    }
    for (String bucket : List.copyOf(watches.keySet())) {
      Objects.requireNonNull(followers.get(bucket))
          .followSwept(Objects.requireNonNull(watches.get(bucket)));
    }
  }

  private void compact() throws IOException {
    ledger.compactions++;
    compactedWhileFull = full;
    try {
      switch (random.nextInt(4)) {
        case 0 -> store.compaction.all();
        case 1 -> {
          int[] left = {random.nextInt(60)};
          store.compaction.round(() -> left[0]-- < 0);
        }
        default -> store.compaction.round(() -> false);
      }
    } catch (IOException | KvException.StoreFull | KvException.IoFailed e) {
      if (!full) {
        throw e;
      }
    }
    // What fell out of retention ends the watches that were not read up to there.
    closeWatches();
  }

  private void maintain() throws IOException {
    try {
      store.engine.runs.maintain(store.engine.counter() + 1);
    } catch (IOException e) {
      if (!full) {
        throw e;
      }
    }
  }

  // --- reads ------------------------------------------------------------------------------------

  private void read() {
    Place place = arguments.place();
    byte[] value = connection.store(place.bucket()).reader().get(place.key().array());
    Change live = ledger.live(place);
    assertEquals(
        live == null ? null : live.value,
        value == null ? null : Bytes.of(value),
        () -> "get " + place);
  }

  /** Reads a watch, which has to tell just what happened since; opens one where there is none. */
  private void follow() {
    String bucket = Arguments.BUCKETS[random.nextInt(3)];
    KvWatch watch = watches.get(bucket);
    if (watch == null) {
      watches.put(
          bucket,
          connection.store(bucket).watcher().watch(WatchScope.all(), WatchOptions.fromNow()));
      followers.put(bucket, new Follower(ledger, bucket, ledger.changes.size()));
    } else {
      Follower follower = Objects.requireNonNull(followers.get(bucket));
      follower.follow(watch);
      if (watch.cursor() != null) {
        ledger.marks.add(
            new Ledger.Mark(
                Objects.requireNonNull(watch.cursor()),
                bucket,
                follower.delivered(),
                ledger.compactions));
      }
    }
  }

  /** Reads all watches to their end and forgets them. */
  void closeWatches() {
    watches.values().forEach(KvWatch::close);
    watches.clear();
    followers.clear();
  }
}
