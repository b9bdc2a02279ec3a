package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.kvist.ConnectionOptions;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.StorageType;
import dev.kvist.tck.SimulatedDisk;
import dev.kvist.tck.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** An observer must not throw; one that does must not stop the store. */
final class FailingObserverTest {
  private static final int PUTS = 50;

  @Test
  void nobodyWaitsForEverForASync() {
    var settings =
        Settings.read(
            new MemoryBackend(),
            ConnectionOptions.parse("memory:?sync_writes=true&flush_interval=5ms"));
    var observer =
        new KvObserver() {
          @Override
          public void synced(long bytes, long nanos) {
            throw new IllegalStateException("an observer's own");
          }
        };
    try (Store store =
        Store.open(new SimulatedDisk(23), settings, observer, System::currentTimeMillis, true)) {
      KvStore bucket = new SimpleConnection(store, StorageType.FILE).store("b");
      List<Future<?>> writers = new ArrayList<>();
      for (String name : List.of("a", "b", "c", "d")) {
        boolean virtual = writers.size() % 2 == 0;
        writers.add(
            Waiting.start(
                virtual ? Thread.ofVirtual() : Thread.ofPlatform(),
                () -> {
                  for (int i = 0; i < PUTS; i++) {
                    bucket.writer().put(utf8(name), utf8("v" + i));
                  }
                }));
      }
      Waiting.all(Duration.ofSeconds(60), writers);
      assertArrayEquals(utf8("v" + (PUTS - 1)), bucket.reader().get(utf8("d")));
    }
  }
}
