package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage in the files of the ordered index costs no key. */
final class OrderRepairTest {
  private static final int KEYS = 100_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path temporary;

  @Test
  void aDamagedOrderIsBuiltAnewWhileTheStoreIsInUse() throws IOException {
    Path data = temporary.resolve("data");
    try (Connection connection = Kvist.open("simple:" + data)) {
      KvStore store = connection.store("b");
      for (int i = 0; i < KEYS; i++) {
        store.writer().put(utf8("key-" + i), utf8("v"));
      }
    }
    List<Path> runs = runs(data);
    assertFalse(runs.isEmpty(), "so many keys are worth a file");
    for (Path run : runs) {
      flipByte(run, Files.size(run) / 2);
    }
    try (Connection connection = Kvist.open("simple:" + data)) {
      KvStore store = connection.store("b");
      Waiting.until(PATIENCE, "whole scans", () -> scanned(store) == KEYS);
      store.writer().put(utf8("one more"), utf8("v"));
      assertEquals(KEYS + 1, scanned(store));
      assertTrue(connection.maintenance().verify().damages().isEmpty());
    }
    try (Connection connection = Kvist.open("simple:" + data)) {
      assertEquals(KEYS + 1, scanned(connection.store("b")));
    }
  }

  private static List<Path> runs(Path data) throws IOException {
    try (Stream<Path> files = Files.list(data.resolve("last_state"))) {
      return files.filter(file -> file.getFileName().toString().startsWith("keys-")).toList();
    }
  }

  private static void flipByte(Path file, long at) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, at);
      one.put(0, (byte) ~one.get(0)).flip();
      channel.write(one, at);
    }
  }

  /** How many keys a scan gives; -1 when it meets the damage. */
  private static int scanned(KvStore store) {
    int count = 0;
    try {
      for (byte[] _ : store.reader().keys(KeyRange.all())) {
        count++;
      }
      return count;
    } catch (KvException.Corrupted e) {
      return -1;
    }
  }
}
