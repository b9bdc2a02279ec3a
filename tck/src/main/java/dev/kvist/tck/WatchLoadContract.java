package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * K7: watches while several threads write miss nothing, reorder nothing and agree with the store.
 */
public interface WatchLoadContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    return place.lacks(Capability.WATCH, () -> place.store().watcher());
  }

  @Test
  default void replicasAgreeWithTheStore(Place place) {
    if (absent(place)) {
      return;
    }
    Seeded.rounds(
        place.rounds(3),
        random -> {
          KvStore store = place.store("f" + random.nextInt(Integer.MAX_VALUE));
          store.writer().put(utf8("first"), utf8("v"));
          int writers = 3;
          int each = place.rounds(600);
          long seed = random.nextLong();
          var replicas = new ArrayList<Future<Map<Bytes, Bytes>>>();
          replicas.add(
              Waiting.start(Thread.ofPlatform().daemon(), () -> replicate(place, store, writers)));
          var work = new ArrayList<Future<?>>();
          for (int w = 0; w < writers; w++) {
            int writer = w;
            work.add(
                Waiting.start(
                    Thread.ofPlatform().daemon(),
                    () -> write(store, writer, each, new Random(seed + writer))));
          }
          for (int i = 0; i < 4; i++) {
            // These start in the middle of it all.
            replicas.add(Waiting.start(Thread.ofVirtual(), () -> replicate(place, store, writers)));
          }
          Waiting.all(place.patience(), work);
          var held = new TreeMap<Bytes, Bytes>();
          for (int w = 0; w < writers; w++) {
            for (int k = 0; k < 20; k++) {
              byte[] key = utf8("w" + w + "." + k);
              byte[] value = store.reader().get(key);
              if (value != null) {
                held.put(Bytes.of(key), Bytes.of(value));
              }
            }
          }
          for (Future<Map<Bytes, Bytes>> replica : replicas) {
            assertEquals(held, Waiting.result(place.patience(), replica));
          }
        });
  }

  /** Writes random keys of its own with growing numbers, then says that it is done. */
  private static void write(KvStore store, int writer, int count, Random random) {
    for (int i = 0; i < count; i++) {
      byte[] key = utf8("w" + writer + "." + random.nextInt(20));
      if (random.nextInt(4) == 0) {
        store.writer().delete(key);
      } else {
        store.writer().put(key, utf8(Integer.toString(i)));
      }
    }
    store.writer().put(utf8("done" + writer), utf8("v"));
  }

  /** Folds state-sync and live updates until every writer is done, and checks their order. */
  private static Map<Bytes, Bytes> replicate(Place place, KvStore store, int writers) {
    var replica = new TreeMap<Bytes, Bytes>();
    var newest = new HashMap<Bytes, Integer>();
    var newestOfWriter = new HashMap<Character, Integer>();
    boolean live = false;
    int done = 0;
    @Nullable WatchCursor cursor = null;
    try (var watched =
        new Watched(
            store.watcher().watch(WatchScope.all(), WatchOptions.fromState()), place.patience())) {
      while (!live || done < writers) {
        KvUpdate update = watched.next();
        Bytes key = Changes.key(update);
        String name = key.toString();
        if (update instanceof KvUpdate.CaughtUp) {
          live = true;
        } else if (name.startsWith("done")) {
          // A backend may repeat a key before CaughtUp, so its marker counts once.
          done += newest.put(key, 0) == null ? 1 : 0;
        } else if (name.startsWith("w")) {
          Changes.fold(replica, update);
          if (update instanceof KvUpdate.Put put) {
            int number = Integer.parseInt(utf8(put.value()));
            Integer before = newest.put(key, number);
            boolean state = !live;
            assertTrue(
                before == null || number > before || (state && number == before),
                () -> name + ": older value");
            Integer last = live ? newestOfWriter.put(name.charAt(1), number) : null;
            assertTrue(last == null || number > last, () -> name + ": out of the writer's order");
          }
        }
        WatchCursor now = update.cursor();
        if (now != null) {
          WatchCursor before = cursor;
          assertTrue(
              before == null || before.compareTo(now) < 0,
              () -> "cursor " + now + " after " + before);
          cursor = now;
        }
      }
    }
    return replica;
  }

  @Test
  default void noChangeIsMissedBetweenStateAndLive(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore store = place.store();
    store.writer().put(utf8("k0"), utf8("0"));
    var stop = new AtomicBoolean();
    var writer =
        Waiting.start(
            Thread.ofPlatform().daemon(),
            () -> {
              int i = 0;
              while (!stop.get()) {
                i++;
                store.writer().put(utf8("k" + i), utf8("" + i));
                // Keeps the state that every watch below reads within reason.
                LockSupport.parkNanos(20_000);
              }
              return i;
            });
    try {
      for (int round = 0; round < place.rounds(20); round++) {
        Map<String, Integer> seen = new HashMap<>();
        try (Watched watched =
            new Watched(
                store.watcher().watch(WatchScope.all(), WatchOptions.fromState()),
                place.patience())) {
          watched
              .untilCaughtUp()
              .forEach(update -> seen.merge(Changes.text(update), 1, Integer::sum));
          int next = seen.size();
          for (int i = 0; i < 20; i++) {
            KvUpdate update = watched.next();
            // Before CaughtUp every key up to some number was told, so the live ones go on there,
            // one by one.
            assertEquals(
                "put k" + next + "=" + next, Changes.text(update), "no gap and no repetition");
            seen.merge(Changes.text(update), 1, Integer::sum);
            next++;
          }
          assertEquals(next, seen.size());
        }
      }
    } finally {
      stop.set(true);
    }
    assertTrue(Waiting.result(place.patience(), writer) > 0);
  }

  @Test
  default void batchesAreToldWhole(Place place) {
    if (absent(place)
        || place.lacks(Capability.BATCH, () -> place.store().batch())
        || !everyChange()) {
      return;
    }
    KvStore store = place.store();
    store.writer().put(utf8("first"), utf8("v"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    watched.untilCaughtUp();
    int batches = place.rounds(150);
    var writing =
        Waiting.start(
            Thread.ofPlatform().daemon(),
            () ->
                Waiting.together(
                    place.patience(),
                    4,
                    writer -> {
                      for (int i = 0; i < batches; i++) {
                        var batch = new WriteBatch();
                        for (int k = 0; k < 5; k++) {
                          batch.put(utf8("w" + writer + "." + i + "." + k), utf8(writer + "." + i));
                        }
                        store.batch().apply(batch);
                        store.writer().put(utf8("single" + writer), utf8("" + i));
                      }
                    }));
    int open = 0;
    String group = "";
    for (int i = 0; i < 4 * batches * 6; i++) {
      var put = (KvUpdate.Put) watched.next();
      String key = utf8(put.key());
      if (key.startsWith("single")) {
        assertEquals(0, open, () -> key + " came between the parts of a batch");
      } else {
        String value = utf8(put.value());
        assertTrue(open == 0 || value.equals(group), () -> "two batches are mixed at " + key);
        assertTrue(key.endsWith("." + open), () -> "out of order: " + key);
        group = value;
        open = (open + 1) % 5;
      }
      assertEquals(open == 0, put.cursor() != null, "the cursor is on the last of a batch");
    }
    Waiting.result(place.patience(), writing);
  }
}
