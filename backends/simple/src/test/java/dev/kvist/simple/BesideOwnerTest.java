package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code read_only} beside an owner that writes, whose segments come and go meanwhile. */
final class BesideOwnerTest {
  private static final int OPENS = 100;
  private static final int KEYS = 100;

  @TempDir private Path folder;

  @Test
  void aReaderTakesNothingForDamage() throws Exception {
    String uri = "simple:" + folder + "?segment_size=16KiB&retention_bytes=16KiB&max_bytes=4MiB";
    var ended = new AtomicBoolean();
    try (Connection owner = Kvist.open(uri);
        var threads = Executors.newSingleThreadExecutor()) {
      for (int i = 0; i < KEYS; i++) {
        owner.store("b").writer().put(utf8("k" + i), new byte[100]);
      }
      Future<?> writing =
          threads.submit(() -> {
            for (int i = 0; !ended.get(); i++) {
              owner.store("b").writer().put(utf8("k" + i % KEYS), new byte[100]);
              if (i % 1000 == 0) {
                owner.maintenance().compact();
              }
            }
          });
      try {
        for (int i = 0; i < OPENS; i++) {
          try (Connection reader = Kvist.open(uri + "&read_only=true")) {
            assertNotNull(reader.store("b").reader().get(utf8("k" + i % KEYS)));
          }
        }
      } finally {
        ended.set(true);
      }
      writing.get(20, TimeUnit.SECONDS);
    }
  }
}
