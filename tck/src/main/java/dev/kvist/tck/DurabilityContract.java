package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * K8, as far as a clean close shows it: what was written is there again, with all that belongs to
 * it.
 */
public interface DurabilityContract extends BackendUnderTest {
  @Test
  default void aReopenedStoreIsAsItWas(Place place) {
    KvStore store = place.store();
    var entries = new LinkedHashMap<String, @Nullable KvEntry>();
    store.writer().put(utf8("plain"), utf8("v"));
    store.writer().put(utf8("empty"), new byte[0]);
    store.writer().put(new byte[] {0, (byte) 0xFF}, new byte[] {(byte) 0xFF, 0});
    store
        .writer()
        .put(utf8("large"), new byte[(int) Math.min(place.capabilities().maxValueSize(), 300_000)]);
    store
        .writer()
        .put(utf8("pair"), new byte[] {1, 0, 0, 0, 0x10, 'a'}, PutOptions.DEFAULT.withCompressed());
    store.writer().put(utf8("deleted"), utf8("v"));
    store.writer().delete(utf8("deleted"));
    if (place.has(Capability.TTL)) {
      store.ttl().put(utf8("mortal"), utf8("v"), Duration.ofHours(1));
    }
    if (place.has(Capability.PURGE)) {
      store.writer().put(utf8("purged"), utf8("v"));
      store.purger().purge(utf8("purged"));
    }
    if (place.has(Capability.BATCH)) {
      store
          .batch()
          .apply(
              new WriteBatch()
                  .put(utf8("b1"), utf8("1"))
                  .put(utf8("b2"), utf8("2"))
                  .delete(utf8("b3")));
    }
    List<byte[]> keys =
        List.of(
            utf8("plain"),
            utf8("empty"),
            new byte[] {0, (byte) 0xFF},
            utf8("large"),
            utf8("pair"),
            utf8("deleted"),
            utf8("mortal"),
            utf8("purged"),
            utf8("b1"),
            utf8("b2"),
            utf8("b3"),
            utf8("never"));
    keys.forEach(key -> entries.put(Bytes.of(key).toString(), store.reader().entry(key)));
    for (int again = 0; again < 3; again++) {
      place.reopen();
      KvStore reopened = place.store();
      for (byte[] key : keys) {
        KvEntry before = entries.get(Bytes.of(key).toString());
        assertEquals(
            persistent() ? before : null,
            reopened.reader().entry(key),
            () -> "key " + Bytes.of(key));
      }
    }
  }

  @Test
  default void randomWorkSurvivesEveryReopen(Place place) {
    if (!persistent() || !place.has(Capability.SCAN)) {
      return;
    }
    Seeded.rounds(
        place.rounds(3),
        random -> {
          var model = new ModelStore();
          String bucket = place.bucket("m" + random.nextInt(Integer.MAX_VALUE));
          for (int session = 0; session < 4; session++) {
            KvStore store = place.connection().store(bucket);
            for (int i = 0; i < 200; i++) {
              byte[] key = Seeded.bytes(random, 1, 3, 4);
              if (random.nextInt(3) == 0) {
                assertEquals(model.delete(bucket, key), store.writer().delete(key));
              } else {
                byte[] value = new byte[random.nextInt(random.nextInt(20) == 0 ? 70_000 : 100)];
                new Random(i).nextBytes(value);
                // The model also refuses a version that an earlier session gave to the same key.
                model.put(bucket, key, value, store.writer().put(key, value));
              }
            }
            place.reopen();
            model.assertHeldBy(place.connection());
          }
        });
  }

  @Test
  default void versionsHoldAcrossAReopen(Place place) {
    if (!persistent() || !place.has(Capability.CAS)) {
      return;
    }
    Version first = place.writer().put(utf8("k"), utf8("1"));
    var used = new HashSet<>(List.of(first));
    place.reopen();
    Version second = place.writer().update(utf8("k"), utf8("2"), first);
    assertTrue(used.add(second));
    Version third = place.writer().delete(utf8("k"), second);
    assertTrue(used.add(third));
    place.reopen();
    assertThrows(
        KvException.VersionMismatch.class,
        () -> place.writer().update(utf8("k"), utf8("x"), third));
    Version fourth = place.writer().create(utf8("k"), utf8("3"));
    assertTrue(used.add(fourth), "a version is never used again");
  }

  @Test
  default void cursorsHoldAcrossACleanReopen(Place place) {
    if (!persistent() || !place.has(Capability.WATCH_CURSOR)) {
      return;
    }
    place.writer().put(utf8("a"), utf8("1"));
    Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
    watched.untilCaughtUp();
    WatchCursor beforeB = watched.cursor();
    place.writer().put(utf8("b"), utf8("2"));
    watched.next();
    WatchCursor afterB = watched.cursor();
    place.reopen();
    place.writer().put(utf8("c"), utf8("3"));
    place.reopen();
    Watched first = place.watch(WatchScope.all(), WatchOptions.from(beforeB));
    List<KvUpdate> told = first.take(2);
    assertEquals(List.of("put b=2", "put c=3"), Changes.texts(told));
    assertEquals(afterB, told.getFirst().cursor(), "a change keeps its cursor");
    assertTrue(afterB.compareTo(Changes.present(told.getLast().cursor(), "a cursor")) < 0);
    Watched second = place.watch(WatchScope.all(), WatchOptions.from(afterB));
    assertEquals(List.of("put c=3"), Changes.texts(second.take(1)));
  }

  @Test
  default void whatExpiredWhileClosedIsGone(Place place) {
    if (!persistent() || !place.has(Capability.TTL)) {
      return;
    }
    KvStore store = place.store();
    store.writer().put(utf8("first"), utf8("v"));
    store.ttl().put(utf8("k"), utf8("v"), Duration.ofMillis(500));
    long deadline = Changes.present(store.reader().entry(utf8("k")), "the entry").expiresMillis();
    WatchCursor cursor = null;
    if (place.has(Capability.WATCH_CURSOR)) {
      Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
      watched.untilCaughtUp();
      cursor = watched.cursor();
    }
    place.connection().close();
    long late = place.backend().expiryLateness().toMillis();
    Waiting.until(
        place.patience(), "the deadline", () -> System.currentTimeMillis() > deadline + late);
    place.reopen();
    assertNull(place.reader().get(utf8("k")));
    if (cursor != null) {
      Watched watched = place.watch(WatchScope.all(), WatchOptions.from(cursor));
      assertEquals("expire k", Changes.text(watched.next()), "told to those who come back");
    }
  }

  @Test
  default void aBackupIsAStoreOfItsOwn(Place place) throws IOException {
    if (place.lacks(Capability.MAINTENANCE, () -> place.connection().maintenance())) {
      return;
    }
    KvStore store = place.store();
    for (int i = 0; i < 300; i++) {
      store.writer().put(utf8("k" + i % 100), utf8("v" + i));
    }
    assertEquals(List.of(), place.connection().maintenance().verify().damages());
    place.connection().maintenance().compact();
    Path directory = Files.createTempDirectory("backup");
    Path taken = Files.createDirectories(directory.resolve("taken"));
    Files.writeString(taken.resolve("file"), "in the way");
    assertThrows(
        IllegalArgumentException.class, () -> place.connection().maintenance().backup(taken));
    Path target = directory.resolve("copy");
    place.connection().maintenance().backup(target);
    WatchCursor later = null;
    if (place.has(Capability.WATCH_CURSOR)) {
      store.writer().put(utf8("k0"), utf8("after the backup"));
      Watched watched = place.watch(WatchScope.all(), WatchOptions.fromState());
      watched.untilCaughtUp();
      later = watched.cursor();
    }
    var versions = new HashSet<Version>();
    for (int i = 0; i < 100; i++) {
      versions.add(store.writer().put(utf8("k" + i), utf8("later")));
    }
    ConnectionOptions options = backupOptions(place.options(), target);
    try (Connection copy = open(options)) {
      KvStore copied = copy.store(store.bucket());
      for (int i = 0; i < 100; i++) {
        assertArrayEquals(utf8("v" + (200 + i)), copied.reader().get(utf8("k" + i)));
        assertTrue(
            versions.add(copied.writer().put(utf8("k" + i), utf8("x"))),
            "another epoch, so no version of both");
      }
      if (later != null) {
        WatchOptions past = WatchOptions.from(later);
        assertThrows(
            KvException.CursorExpired.class,
            () -> {
              try (var watch = copied.watcher().watch(WatchScope.all(), past)) {
                watch.next(place.patience());
              }
            },
            "a cursor past the end of the backup");
      }
    }
    assertArrayEquals(utf8("later"), store.reader().get(utf8("k1")));
    try (var files = Files.walk(directory)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
