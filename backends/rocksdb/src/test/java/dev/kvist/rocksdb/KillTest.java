package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KvReader;
import dev.kvist.Kvist;
import dev.kvist.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that are killed while they write, and one store that outlives them all: every
 * acknowledged batch is there, what was under way is there whole or not at all, no version names
 * two writes, and nothing is left in the temporary folder. 10 rounds, 100 with {@code
 * KVIST_DEEP=1}.
 */
final class KillTest {
  @TempDir private Path folder;

  private final Random random = new Random();
  private final Set<Version> versions = new HashSet<>();

  @Test
  void everyAcknowledgedWriteOutlivesItsProcess() throws IOException {
    int rounds = "1".equals(System.getenv("KVIST_DEEP")) ? 100 : 10;
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    int next = 0;
    for (int round = 0; round < rounds; round++) {
      String uri =
          "rocksdb:"
              + folder.resolve("data")
              + "?mem_table_size=256KiB&memory_budget=16MiB&sync_writes="
              + (round % 2 == 1);
      int[] acknowledged = {-1};
      try (var child = KillChild.start(uri, next, temporary)) {
        child.read(1 + random.nextInt(3_000), acknowledged);
        child.kill(acknowledged);
      }
      next = check(uri, acknowledged[0], next);
    }
    assertEquals(List.of(), DataDirectory.list(temporary), "left in the temporary folder");
  }

  /** Returns the number behind the last one. */
  private int check(String uri, int acknowledged, int first) {
    try (Connection connection = Kvist.open(uri)) {
      KvReader reader = connection.store("b").reader();
      int number = first;
      while (reader.exists(utf8("a" + number))) {
        assertArrayEquals(utf8("v" + number), reader.get(utf8("a" + number)));
        assertArrayEquals(utf8("v" + number), reader.get(utf8("b" + number)), "a batch is whole");
        number++;
      }
      assertTrue(number > acknowledged, number + " is not there, " + acknowledged + " was");
      assertEquals(null, reader.get(utf8("b" + number)), "nothing of a batch that is not whole");
      Version version = connection.store("b").writer().put(utf8("check"), utf8("v"));
      assertTrue(versions.add(version), "a version is given once");
      assertNotEquals(0, version.high());
      return number;
    }
  }
}
