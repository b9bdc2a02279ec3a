package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Kvist;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.tck.Volume;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
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
  private final Random random = new Random(5);
  private final Map<String, byte[]> acknowledged = new TreeMap<>();
  private final List<String> inOrder = new ArrayList<>();

  private static ConnectionOptions options(Volume volume, boolean sync) {
    return Places.at(volume.path().resolve("data"))
        .with("sync_writes", Boolean.toString(sync))
        .with("value_log_file_size", "1MiB")
        .with("value_threshold", "10KiB");
  }

  private void put(KvStore store, String key) {
    byte[] value = new byte[random.nextInt(20) == 0 ? 20_000 : 2_000];
    random.nextBytes(value);
    store.writer().put(utf8(key), value);
    acknowledged.put(key, value);
    inOrder.add(key);
  }

  /** Puts until the volume is full. */
  private int fill(KvStore store, String prefix) {
    for (int i = 0; ; i++) {
      String key = "%s%05d".formatted(prefix, i);
      try {
        put(store, key);
      } catch (KvException.StoreFull e) {
        assertEquals(KvException.Effect.NONE, e.effect());
        assertFalse(store.reader().exists(utf8(key)));
        return i;
      }
    }
  }

  private void check(Connection connection) {
    KvStore store = connection.store("b");
    var keys = store.reader().keys(KeyRange.all()).toList().stream().map(Kvist::utf8).toList();
    assertEquals(List.copyOf(acknowledged.keySet()), keys);
    acknowledged.forEach(
        (key, value) -> assertArrayEquals(value, store.reader().get(utf8(key)), key));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFullVolumeStopsPutsAndServiceResumes(boolean sync) throws IOException {
    try (Volume volume = Volume.mount(temporary, 48)) {
      try (Connection connection = Kvist.open(options(volume, sync))) {
        KvStore store = connection.store("b");
        try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromNow())) {
          put(store, "first");
          Path ballast = volume.fill();
          fill(store, "a");
          for (int i = 0; i < 20; i++) {
            assertThrows(KvException.StoreFull.class, () -> put(store, "refused"));
          }
          check(connection);
          Files.delete(ballast);
          int[] stored = {0};
          Waiting.until(
              PATIENCE,
              "room",
              () -> {
                try {
                  put(store, "b%05d".formatted(stored[0]));
                  stored[0]++;
                } catch (KvException.StoreFull e) {
                  // RocksDB looks for room every few seconds.
                }
                return stored[0] == 200;
              });
          check(connection);
          for (String key : inOrder) {
            KvUpdate update = watch.next(PATIENCE);
            assertEquals(key, update instanceof KvUpdate.Put put ? Kvist.utf8(put.key()) : "");
          }
        }
      }
      try (Connection connection = Kvist.open(options(volume, sync))) {
        check(connection);
        assertEquals(List.of(), connection.maintenance().verify().damages());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasAcknowledgedOutlivesACloseOfAFullVolume(boolean sync) throws IOException {
    try (Volume volume = Volume.mount(temporary, 48)) {
      Path ballast;
      try (Connection connection = Kvist.open(options(volume, sync))) {
        put(connection.store("b"), "first");
        ballast = volume.fill();
        fill(connection.store("b"), "a");
      } catch (KvException.StoreFull | KvException.IoFailed e) {
        // The close has something to write as well.
        ballast = volume.path().resolve("ballast");
      }
      Files.delete(ballast);
      try (Connection connection = Kvist.open(options(volume, sync))) {
        check(connection);
        put(connection.store("b"), "last");
        check(connection);
      }
    }
  }

  @Test
  void aReadOnlyVolumeIsNamedAndCanBeRead() throws IOException {
    try (Volume volume = Volume.mount(temporary, 48)) {
      try (Connection connection = Kvist.open(options(volume, false))) {
        put(connection.store("b"), "k");
      }
      volume.remountReadOnly();
      assertThrows(
          KvException.NotPermitted.class, () -> Kvist.open(options(volume, false)).close());
      try (Connection connection = Kvist.open(options(volume, false).with("read_only", "true"))) {
        check(connection);
      }
    }
  }
}
