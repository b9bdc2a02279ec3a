package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Backups beside all that takes files away. */
final class BackupTest {
  private static final int BACKUPS = "1".equals(System.getenv("KVIST_DEEP")) ? 1_000 : 30;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void dropsAndCompactionsTakeNothingFromABackup(String single) throws Exception {
    ConnectionOptions options =
        Places.at(folder.resolve("data"))
            .with("single_bucket_mode", single)
            .with("retention_bytes", "0");
    try (Connection connection = Kvist.open(options)) {
      connection.store("b").writer().put(utf8("k"), utf8("v"));
      var over = new AtomicBoolean();
      var others = new ArrayList<Future<?>>();
      for (int i = 0; i < 2; i++) {
        String name = "d" + i;
        others.add(start(over, () -> makeAndDrop(connection, name)));
      }
      others.add(start(over, () -> connection.maintenance().compact()));
      try {
        for (int i = 0; i < BACKUPS; i++) {
          Path copy = folder.resolve("copy");
          connection.maintenance().backup(copy);
          check(options, copy);
          Trees.delete(copy);
        }
      } finally {
        over.set(true);
        for (Future<?> other : others) {
          other.get(60, TimeUnit.SECONDS);
        }
      }
    }
  }

  @Test
  void anInterruptEndsABackupAndNothingElse() throws IOException {
    ConnectionOptions options = Places.at(folder.resolve("data"));
    Path copy = folder.resolve("copy");
    try (Connection connection = Kvist.open(options)) {
      connection.store("b").writer().put(utf8("k"), utf8("v"));
      Thread.currentThread().interrupt();
      assertThrows(KvException.Timeout.class, () -> connection.maintenance().backup(copy));
      assertTrue(Thread.interrupted(), "the flag is kept");
      assertFalse(Files.exists(copy));
      connection.maintenance().backup(copy);
    }
    check(options.with("single_bucket_mode", "true"), copy);
  }

  private static Future<?> start(AtomicBoolean over, Runnable work) {
    return Waiting.start(
        Thread.ofPlatform(),
        () -> {
          while (!over.get()) {
            work.run();
          }
        });
  }

  private static void makeAndDrop(Connection connection, String name) {
    for (int i = 0; i < 20; i++) {
      connection.store(name).writer().put(utf8("k" + i), Places.value(i));
    }
    connection.drop(name);
  }

  private static void check(ConnectionOptions options, Path copy) throws IOException {
    ConnectionOptions there =
        Places.at(copy)
            .with(
                "single_bucket_mode", String.valueOf(options.settings().get("single_bucket_mode")));
    try (Connection connection = Kvist.open(there)) {
      assertArrayEquals(utf8("v"), connection.store("b").reader().get(utf8("k")));
      assertEquals(List.of(), connection.maintenance().verify().damages());
    }
  }
}
