package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static dev.kvist.nats.WatchFixture.BUCKET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvReader;
import dev.kvist.KvScan;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import java.time.Duration;
import java.util.Iterator;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scans whose consumer goes meanwhile, and what scans leave behind. */
final class ScanFaultTest {
  private static final int KEYS = 20_000;

  @ParameterizedTest
  @EnumSource
  void aScanLeavesNoConsumer(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      fixture.put("k.", 0, KEYS);
      KvReader reader = fixture.connection.store(BUCKET).reader();
      assertEquals(KEYS, reader.keys(KeyRange.all()).toList().size());
      for (int taken : new int[] {0, 1, 100, 1_000, 10_000}) {
        try (KvScan<byte[]> keys = reader.keys(KeyRange.all())) {
          Iterator<byte[]> each = keys.iterator();
          for (int i = 0; i < taken; i++) {
            each.next();
          }
        }
      }
      // Well before the server would take an unused one away by itself.
      Waiting.until(
          Duration.ofSeconds(5), "no consumer to be left", () -> fixture.consumers() == 0);
    }
  }

  /** It is in the memory of the server. */
  @ParameterizedTest
  @EnumSource
  void aScanGoesOnBehindARestart(NatsKind kind) throws Exception {
    try (var fixture = new WatchFixture(kind)) {
      fixture.make(stream -> stream);
      fixture.put("k.", 0, KEYS);
      var seen = new TreeSet<String>();
      try (KvScan<KvEntry> scan = fixture.connection.store(BUCKET).reader().scan(KeyRange.all())) {
        for (KvEntry entry : scan) {
          assertTrue(seen.add(utf8(entry.key())), "once");
          if (seen.size() == 2_000 || seen.size() == 10_000) {
            fixture.server.kill();
            fixture.server.start();
          }
        }
      }
      assertEquals(KEYS, seen.size());
    }
  }
}
