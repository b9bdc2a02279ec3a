package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.tck.Acknowledged;
import dev.kvist.tck.Volume;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A store on a real disk that is full, or must not be written any more. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class FullStoreTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path temporary;
  private final Acknowledged acknowledged = new Acknowledged(3, _ -> 4_000);

  private static String uri(Volume volume, boolean sync) {
    return "simple:"
        + volume.path().resolve("data")
        + "?segment_size=64KiB&retention_bytes=128KiB&sync_writes="
        + sync;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFullDiskStopsPutsAndServiceResumes(boolean sync) throws IOException {
    try (Volume volume = Volume.mount(temporary, 8)) {
      try (Connection connection = Kvist.open(uri(volume, sync))) {
        KvStore store = connection.store("b");
        acknowledged.put(store, "first");
        Path ballast = volume.fill();
        acknowledged.fill(store, "a%d");
        // Again and again: a refusal must not be the end.
        long from = System.nanoTime();
        Waiting.until(
            PATIENCE,
            "refusals for longer than one stands",
            () -> {
              assertThrows(KvException.StoreFull.class, () -> acknowledged.put(store, "refused"));
              return System.nanoTime() - from > 300_000_000;
            });
        acknowledged.check(store);
        assertTrue(store.writer().delete(utf8("a0")));
        acknowledged.remove("a0");
        store.purger().purge(utf8("a1"));
        acknowledged.remove("a1");
        acknowledged.check(store);
        Files.delete(ballast);
        resumes(store, 50);
        acknowledged.check(store);
      }
      try (Connection connection = Kvist.open(uri(volume, sync))) {
        acknowledged.check(connection.store("b"));
        assertEquals(List.of(), connection.maintenance().verify().damages(), "nothing is damaged");
      }
    }
  }

  /**
   * Each in an open of its own, as from the command line; what is small here has the default sizes.
   * After a close and after a kill, with the segment nearly empty and with it full.
   */
  @ParameterizedTest
  @CsvSource({"3, false", "3, true", "100000, false", "100000, true"})
  void deletesAndCompactionOfAFullDiskWorkWhateverTheLastEndWas(int puts, boolean killed)
      throws IOException {
    try (Volume volume = Volume.mount(temporary, 60)) {
      String uri = "simple:" + volume.path().resolve("data");
      try (Connection connection = Kvist.open(uri)) {
        fillUpTo(connection.store("b"), puts);
      }
      Path ballast = volume.fill();
      if (killed) {
        spoilTheEnd(volume.path().resolve("data"));
      }
      List<String> keys = acknowledged.keys();
      for (int round = 0; round < 6; round++) {
        try (Connection connection = Kvist.open(uri)) {
          makeRoom(connection, round, keys.get(round % 3), killed && puts > 3);
          acknowledged.check(connection.store("b"));
        }
        if (killed) {
          spoilTheEnd(volume.path().resolve("data"));
        }
      }
      Files.delete(ballast);
      try (Connection connection = Kvist.open(uri)) {
        acknowledged.put(connection.store("b"), "again");
        acknowledged.check(connection.store("b"));
        assertEquals(List.of(), connection.maintenance().verify().damages());
      }
    }
  }

  /**
   * @param mayLackRoom whether compaction may find no room for the copy of a segment in which it
   *     erases what was purged
   */
  private void makeRoom(Connection connection, int round, String key, boolean mayLackRoom) {
    KvStore store = connection.store("b");
    if (round < 2) {
      assertTrue(store.writer().delete(utf8(key)));
      acknowledged.remove(key);
    } else if (round == 2) {
      store.purger().purge(utf8(key));
      acknowledged.remove(key);
    } else if (mayLackRoom) {
      compactOrFail(connection);
    } else {
      connection.maintenance().compact();
    }
  }

  private void fillUpTo(KvStore store, int puts) {
    for (int i = 0; i < puts; i++) {
      try {
        acknowledged.put(store, "a" + i);
      } catch (KvException.StoreFull e) {
        assertTrue(String.valueOf(e.getMessage()).contains(" is full"), e::getMessage);
        return;
      }
    }
  }

  /** Without an index nothing says that the last end was clean. */
  private static void spoilTheEnd(Path data) throws IOException {
    Path first = data.resolve("last_state/index-000000");
    try (var index = Files.newByteChannel(first, StandardOpenOption.WRITE)) {
      index.write(ByteBuffer.wrap(new byte[4096]));
    }
  }

  /** A refusal stands for a while, also when the head had some room left before it. */
  private void resumes(KvStore store, int puts) {
    int[] stored = {0};
    Waiting.until(
        PATIENCE,
        "room for " + puts + " more",
        () -> (stored[0] += acknowledged.fill(store, "b" + stored[0] + "-%d")) >= puts);
  }

  @Test
  void compactionOfAFullDiskLosesNothingAndGivesRoom() throws IOException {
    try (Volume volume = Volume.mount(temporary, 8)) {
      String uri = uri(volume, false);
      try (Connection connection = Kvist.open(uri)) {
        KvStore store = connection.store("b");
        int stored = acknowledged.fill(store, "a%d");
        assertTrue(stored > 500, "stored " + stored);
        Path ballast = volume.fill();
        for (int round = 0; round < 4; round++) {
          for (int i = round; i < stored; i += 8) {
            if (deleted(store, "a" + i)) {
              acknowledged.remove("a" + i);
            }
          }
          compactOrFail(connection);
          acknowledged.check(store);
        }
        Files.delete(ballast);
        Waiting.until(PATIENCE, "compaction to find the room", () -> compactOrFail(connection));
        // The space of what was deleted.
        resumes(store, stored / 4);
        acknowledged.check(store);
      }
      try (Connection connection = Kvist.open(uri)) {
        acknowledged.check(connection.store("b"));
      }
    }
  }

  /** Deletes write as well: once the spare for them is used, they wait for compaction. */
  private static boolean deleted(KvStore store, String key) {
    try {
      return store.writer().delete(utf8(key));
    } catch (KvException.StoreFull e) {
      assertTrue(store.reader().exists(utf8(key)));
      return false;
    }
  }

  /** It may find no room to work in, which it has to say. */
  private static boolean compactOrFail(Connection connection) {
    try {
      connection.maintenance().compact();
      return true;
    } catch (KvException.StoreFull | KvException.IoFailed e) {
      assertTrue(String.valueOf(e.getMessage()).contains("volume"), e::getMessage);
      return false;
    }
  }

  /** It would take the room that the store needs next. */
  @Test
  void aBackupThatFindsNoRoomLeavesNothingBehind() throws IOException {
    try (Volume volume = Volume.mount(temporary, 8);
        Connection connection = Kvist.open("simple:" + temporary.resolve("data"))) {
      KvStore store = connection.store("b");
      for (int i = 0; i < 2_500; i++) {
        acknowledged.put(store, "a" + i);
      }
      Path place = volume.path().resolve("copies/monday");
      var failed =
          assertThrows(KvException.IoFailed.class, () -> connection.maintenance().backup(place));
      assertTrue(String.valueOf(failed.getMessage()).contains(place.toString()));
      try (var left = Files.list(place.getParent())) {
        assertEquals(List.of(), left.toList());
      }
    }
  }

  @Test
  void aReadOnlyVolumeOpensReadOnly() throws IOException {
    try (Volume volume = Volume.mount(temporary, 8)) {
      try (Connection connection = Kvist.open(uri(volume, false))) {
        acknowledged.put(connection.store("b"), "k");
      }
      volume.remountReadOnly();
      var refused =
          assertThrows(KvException.NotPermitted.class, () -> Kvist.open(uri(volume, false)));
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains(volume.path().toString()), message);
      assertTrue(message.contains("read_only=true"), message);
      assertThrows(
          KvException.NotPermitted.class,
          () -> Kvist.open("simple:" + volume.path().resolve("other/data")));
      try (Connection connection = Kvist.open(uri(volume, false) + "&read_only=true")) {
        acknowledged.check(connection.store("b"));
      }
    }
  }
}
