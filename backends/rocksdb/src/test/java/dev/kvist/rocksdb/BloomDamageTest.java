package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import dev.kvist.bucket.BloomFilter;
import dev.kvist.tck.Captured;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Level;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes of the files are flipped where the bits of a Bloom filter are stored. */
final class BloomDamageTest {
  private static final int ITEMS = 3_000;

  /** A word in front of each block of a filter. */
  private static final String MAGIC = "KVBF";

  @TempDir private Path temporary;

  @ParameterizedTest
  @CsvSource({".sst,1MiB,true", ".sst,1MiB,false", ".blob,100,true", ".blob,100,false"})
  void bitsAreRebuiltAndNoItemIsLost(String suffix, String threshold, String single)
      throws IOException {
    ConnectionOptions options = filled(threshold, single);
    assertTrue(damageBlocks(suffix, true) > 5, "chunks in the files");
    goesOn(options, ".* is damaged: rebuilt .*", false);
  }

  /** Then items that were never added may be there. */
  @ParameterizedTest
  @CsvSource({".sst,1MiB", ".blob,100"})
  void noItemIsLostWithAllThereIs(String suffix, String threshold) throws IOException {
    ConnectionOptions options = filled(threshold, "true");
    assertTrue(damageBlocks(suffix, false) > 6, "blocks in the files");
    goesOn(options, ".* is damaged: .*filled .*", true);
  }

  private ConnectionOptions filled(String threshold, String single) {
    ConnectionOptions options =
        Places.at(temporary).with("value_threshold", threshold).with("single_bucket_mode", single);
    try (Connection connection = Kvist.open(options)) {
      try (BloomFilter filter = open(connection)) {
        add(filter, 0);
      }
      connection.maintenance().compact();
    }
    return options;
  }

  /** Opens it twice: what the first open rebuilt is stored. */
  private static void goesOn(ConnectionOptions options, String said, boolean neverMayBeThere) {
    try (Connection connection = Kvist.open(options);
        var log = Captured.of(BloomFilter.class.getName());
        BloomFilter filter = open(connection)) {
      assertTrue(log.has(Level.WARNING, said), log::toString);
      check(filter, ITEMS);
      add(filter, ITEMS);
      check(filter, 2 * ITEMS);
    }
    try (Connection connection = Kvist.open(options);
        var log = Captured.of(BloomFilter.class.getName());
        BloomFilter filter = open(connection)) {
      assertFalse(log.has(Level.WARNING, ".* is damaged: .*"), log::toString);
      check(filter, 2 * ITEMS);
      assertEquals(neverMayBeThere, filter.exists("seen", utf8("never")));
      assertEquals(neverMayBeThere, filter.estimatedErrorRate() > 1e-6);
    }
  }

  private static BloomFilter open(Connection connection) {
    return BloomFilter.open(connection, 50_000, 1e-6);
  }

  private static void add(BloomFilter filter, int from) {
    for (int i = from; i < from + ITEMS; i++) {
      filter.add("seen", utf8("item " + i));
    }
  }

  private static void check(BloomFilter filter, int items) {
    for (int i = 0; i < items; i++) {
      assertTrue(filter.exists("seen", utf8("item " + i)), "item " + i + " is lost");
    }
  }

  /** Returns how many; chunks of bits alone, or all. */
  private int damageBlocks(String suffix, boolean onlyChunks) throws IOException {
    int damaged = 0;
    for (Path file : Places.files(temporary, suffix)) {
      byte[] bytes = Files.readAllBytes(file);
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      for (int at = text.indexOf(MAGIC); at >= 0; at = text.indexOf(MAGIC, at + 1)) {
        // Nothing but a chunk has a generation.
        if (!onlyChunks || ByteBuffer.wrap(bytes).getLong(at + 56) != 0) {
          bytes[at + 60] ^= 1;
          damaged++;
        }
      }
      Files.write(file, bytes);
    }
    return damaged;
  }
}
