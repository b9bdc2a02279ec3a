package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Kvist;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.tck.Acknowledged;
import dev.kvist.tck.Volume;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store on a real volume that is full, or must not be written any more. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class FullDiskTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path temporary;
  private final Acknowledged acknowledged =
      new Acknowledged(5, random -> random.nextInt(20) == 0 ? 20_000 : 2_000);

  private static ConnectionOptions options(Volume volume, boolean sync) {
    return Places.at(volume.path().resolve("data"))
        .with("sync_writes", Boolean.toString(sync))
        .with("value_log_file_size", "1MiB")
        .with("value_threshold", "10KiB");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFullVolumeStopsPutsAndServiceResumes(boolean sync) throws IOException {
    try (Volume volume = Volume.mount(temporary, 48)) {
      try (Connection connection = Kvist.open(options(volume, sync))) {
        KvStore store = connection.store("b");
        try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
          acknowledged.put(store, "first");
          Path ballast = volume.fill();
          acknowledged.fill(store, "a%05d");
          for (int i = 0; i < 20; i++) {
            assertThrows(KvException.StoreFull.class, () -> acknowledged.put(store, "refused"));
          }
          acknowledged.check(store);
          Files.delete(ballast);
          int[] stored = {0};
          Waiting.until(
              PATIENCE,
              "room",
              () -> {
                try {
                  acknowledged.put(store, "b%05d".formatted(stored[0]));
                  stored[0]++;
                } catch (KvException.StoreFull e) {
                  // RocksDB looks for room every few seconds.
                }
                return stored[0] == 200;
              });
          acknowledged.check(store);
          for (String key : acknowledged.keys()) {
            KvUpdate update = watch.next(PATIENCE);
            assertEquals(key, update instanceof KvUpdate.Put put ? Kvist.utf8(put.key()) : "");
          }
        }
      }
      try (Connection connection = Kvist.open(options(volume, sync))) {
        acknowledged.check(connection.store("b"));
        assertEquals(List.of(), connection.maintenance().verify().damages());
      }
    }
  }

  /**
   * K8: what was acknowledged before has to be on the device in time, full or not. And RocksDB
   * takes a sync of a log that a write has just failed on for the end of the store.
   */
  @RepeatedTest(5)
  void syncsGoOnWhileAVolumeIsFull() throws IOException {
    try (Volume volume = Volume.mount(temporary, 48);
        Connection connection = Kvist.open(options(volume, false).with("flush_interval", "1ms"))) {
      KvStore store = connection.store("b");
      acknowledged.put(store, "first");
      volume.fill();
      acknowledged.fill(store, "a%05d");
      long before = syncs(connection);
      Waiting.until(PATIENCE, "a sync", () -> syncs(connection) > before + 1);
      acknowledged.check(store);
      for (int i = 0; i < 20; i++) {
        assertThrows(KvException.StoreFull.class, () -> acknowledged.put(store, "refused"));
      }
    } catch (KvException.IoFailed e) {
      // The close has something to write as well.
      assertTrue(String.valueOf(e.getMessage()).contains("was not closed well"), e::getMessage);
    }
  }

  /** An open has to write what a reader does without. */
  @Test
  void aStoreOnAFullVolumeCanBeReadWithoutWriting() throws IOException {
    try (Volume volume = Volume.mount(temporary, 48)) {
      ConnectionOptions options = options(volume, true);
      try (Connection connection = Kvist.open(options)) {
        acknowledged.put(connection.store("b"), "first");
      }
      volume.fill();
      var full = assertThrows(KvException.StoreFull.class, () -> Kvist.open(options).close());
      assertTrue(String.valueOf(full.getMessage()).contains("read_only=true"), full::getMessage);
      try (Connection connection = Kvist.open(options.with("read_only", "true"))) {
        acknowledged.check(connection.store("b"));
      }
    }
  }

  private static long syncs(Connection connection) {
    return connection.stats().getOrDefault("syncs", 0L);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasAcknowledgedOutlivesACloseOfAFullVolume(boolean sync) throws IOException {
    try (Volume volume = Volume.mount(temporary, 48)) {
      Path ballast;
      try (Connection connection = Kvist.open(options(volume, sync))) {
        acknowledged.put(connection.store("b"), "first");
        ballast = volume.fill();
        acknowledged.fill(connection.store("b"), "a%05d");
      } catch (KvException.StoreFull | KvException.IoFailed e) {
        // The close has something to write as well.
        ballast = volume.path().resolve("ballast");
      }
      Files.delete(ballast);
      try (Connection connection = Kvist.open(options(volume, sync))) {
        acknowledged.check(connection.store("b"));
        acknowledged.put(connection.store("b"), "last");
        acknowledged.check(connection.store("b"));
      }
    }
  }

  /** RocksDB may have made its column family, and not have said so. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aBucketThatFoundNoRoomIsMadeOnceThereIsSome(int pages) throws IOException {
    try (Volume volume = Volume.mount(temporary, 48)) {
      ConnectionOptions options = options(volume, false).with("single_bucket_mode", "false");
      try (Connection connection = Kvist.open(options)) {
        acknowledged.put(connection.store("b"), "first");
        Path ballast = volume.fill();
        shorten(ballast, pages * 4096L);
        for (int i = 0; i < 20; i++) {
          for (String bucket : List.of("c", "d")) {
            tryTo(connection, bucket);
          }
        }
        Files.delete(ballast);
        for (String bucket : List.of("c", "d")) {
          Waiting.until(PATIENCE, "bucket " + bucket, () -> tryTo(connection, bucket));
        }
        acknowledged.check(connection.store("b"));
      }
      try (Connection connection = Kvist.open(options)) {
        for (String bucket : List.of("c", "d")) {
          assertTrue(connection.store(bucket).reader().exists(utf8("k")));
        }
        acknowledged.check(connection.store("b"));
        assertEquals(List.of(), connection.maintenance().verify().damages());
      }
    }
  }

  private static void shorten(Path ballast, long bytes) throws IOException {
    try (var file = new RandomAccessFile(ballast.toFile(), "rw")) {
      file.setLength(file.length() - bytes);
    }
  }

  private static boolean tryTo(Connection connection, String bucket) {
    try {
      connection.store(bucket).writer().put(utf8("k"), new byte[2_000]);
      return true;
    } catch (KvException.StoreFull e) {
      return false;
    }
  }

  @Test
  void aReadOnlyVolumeIsNamedAndCanBeRead() throws IOException {
    try (Volume volume = Volume.mount(temporary, 48)) {
      try (Connection connection = Kvist.open(options(volume, false))) {
        acknowledged.put(connection.store("b"), "k");
      }
      volume.remountReadOnly();
      assertThrows(
          KvException.NotPermitted.class, () -> Kvist.open(options(volume, false)).close());
      try (Connection connection = Kvist.open(options(volume, false).with("read_only", "true"))) {
        acknowledged.check(connection.store("b"));
      }
    }
  }

  /** It would take the room that the store needs next. */
  @Test
  void aBackupThatFindsNoRoomLeavesNothingBehind() throws IOException {
    try (Volume volume = Volume.mount(temporary, 4);
        Connection connection = Kvist.open(Places.at(temporary.resolve("data")))) {
      for (int i = 0; i < 3_000; i++) {
        acknowledged.put(connection.store("b"), "a" + i);
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
}
