package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code read_only} beside an owner that writes, whose log and tables come and go meanwhile. */
final class BesideOwnerTest {
  private static final int OPENS = 150;
  private static final int KEYS = 100;

  @TempDir private Path folder;

  @Test
  void aReaderTakesNothingForDamage() throws Exception {
    ConnectionOptions options =
        Places.at(folder)
            .with("mem_table_size", "64KiB")
            .with("retention_bytes", "100KiB")
            .with("value_threshold", "50");
    var ended = new AtomicBoolean();
    try (Connection owner = Kvist.open(options);
        var threads = Executors.newSingleThreadExecutor()) {
      for (int i = 0; i < KEYS; i++) {
        owner.store("b").writer().put(utf8("k" + i), Places.value(i));
      }
      Future<?> writing =
          threads.submit(() -> {
            for (int i = 0; !ended.get(); i++) {
              owner.store("b").writer().put(utf8("k" + i % KEYS), Places.value(i));
            }
          });
      try {
        for (int i = 0; i < OPENS; i++) {
          try (Connection reader = Kvist.open(options.with("read_only", "true"))) {
            checkRead(reader, utf8("k" + i % KEYS));
          }
        }
      } finally {
        ended.set(true);
      }
      writing.get(20, TimeUnit.SECONDS);
    }
  }

  /** The owner may have deleted the value's blob file since the open. */
  private static void checkRead(Connection reader, byte[] key) {
    try {
      assertNotNull(reader.store("b").reader().get(key));
    } catch (KvException.IoFailed e) {
      assertTrue(String.valueOf(e.getMessage()).endsWith("open it here again"), e::getMessage);
    }
  }
}
