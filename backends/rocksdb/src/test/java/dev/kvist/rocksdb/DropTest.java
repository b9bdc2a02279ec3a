package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.Kvist;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A bucket that is dropped while others write to it. */
final class DropTest {
  private static final int ROUNDS = 40;
  private static final int PUTS = 300;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void whatIsWrittenMeanwhileIsDroppedOrThere(String single) throws Exception {
    ConnectionOptions options = Places.at(folder).with("single_bucket_mode", single);
    List<String> left = List.of();
    try (Connection connection = Kvist.open(options)) {
      for (int round = 0; round < ROUNDS; round++) {
        Future<?> writer =
            Waiting.start(
                Thread.ofPlatform(),
                () -> {
                  for (int i = 0; i < PUTS; i++) {
                    connection.store("b").writer().put(utf8("k%03d".formatted(i)), utf8("v"));
                  }
                });
        connection.drop("b");
        writer.get(60, TimeUnit.SECONDS);
        connection.store("b").writer().put(utf8("last"), utf8("r" + round));
        left = check(connection, round);
      }
    }
    try (Connection connection = Kvist.open(options)) {
      assertEquals(left, check(connection, ROUNDS - 1));
    }
  }

  @Test
  void theSpaceOfADroppedFamilyComesBack() throws IOException {
    ConnectionOptions options = Places.at(folder).with("single_bucket_mode", "false");
    try (Connection connection = Kvist.open(options)) {
      var random = new Random(7);
      for (int i = 0; i < 3_000; i++) {
        byte[] value = new byte[1_000];
        random.nextBytes(value);
        connection.store("b").writer().put(utf8("k" + i), value);
      }
      connection.maintenance().compact();
      assertTrue(bytes() > 2_000_000, () -> "bytes " + bytes());
      connection.drop("b");
      Waiting.until(PATIENCE, "the space", () -> bytes() < 500_000);
      assertEquals(List.of(), connection.store("b").reader().keys(KeyRange.all()).toList());
    }
  }

  private long bytes() {
    long bytes = 0;
    try {
      for (Path table : Places.files(folder, ".sst")) {
        bytes += Files.exists(table) ? Files.size(table) : 0;
      }
    } catch (IOException e) {
      // One was deleted between two looks.
    }
    return bytes;
  }

  /** What is readable is listed, and what came after the drop is there. */
  private static List<String> check(Connection connection, int round) {
    var reader = connection.store("b").reader();
    assertArrayEquals(utf8("r" + round), reader.get(utf8("last")));
    var buckets = new ArrayList<String>();
    connection.buckets().forEachRemaining(buckets::add);
    assertEquals(List.of("b"), buckets);
    return reader.keys(KeyRange.all()).toList().stream().map(Kvist::utf8).toList();
  }
}
