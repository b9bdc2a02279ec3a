package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.bucket.BloomFilter;
import dev.kvist.tck.Captured;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes of the files are flipped where the bits of a Bloom filter are stored. */
final class BloomDamageTest {
  private static final int ITEMS = 3_000;

  /** A word in front of each block of a filter. */
  private static final String MAGIC = "KVBF";

  @TempDir Path temporary;

  @Test
  void bitsAreRebuiltAndNoItemIsLost() throws IOException {
    // Uncompressed, so that blocks can be found in the files, behind their keys of 5 bytes.
    String uri = "simple:" + temporary + "?compression_threshold=64MiB";
    try (Connection connection = Kvist.open(uri);
        BloomFilter filter = BloomFilter.open(connection, 50_000, 1e-6)) {
      for (int i = 0; i < ITEMS; i++) {
        filter.add("seen", utf8("item " + i));
      }
    }
    assertTrue(damageChunks() > 5, "chunks in the files");
    assertTrue(linesOfOpen(uri).has(Level.WARNING, ".* is damaged: rebuilt .*"), "said");
    assertEquals(List.of(), linesOfOpen(uri).lines(), "and stored again");
  }

  private static Captured linesOfOpen(String uri) {
    try (var log = Captured.of(BloomFilter.class.getName());
        Connection connection = Kvist.open(uri);
        BloomFilter filter = BloomFilter.open(connection, 50_000, 1e-6)) {
      for (int i = 0; i < ITEMS; i++) {
        assertTrue(filter.exists("seen", utf8("item " + i)), "item " + i + " is lost");
      }
      assertTrue(filter.estimatedErrorRate() < 1e-6);
      return log;
    }
  }

  private int damageChunks() throws IOException {
    int damaged = 0;
    try (var files = Files.walk(temporary)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".log")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        for (int at = text.indexOf(MAGIC); at >= 0; at = text.indexOf(MAGIC, at + 1)) {
          if (bytes[at - 5] == 'c' && bytes[at - 4] == 0) {
            bytes[at + 100] ^= 1;
            damaged++;
          }
        }
        Files.write(file, bytes);
      }
    }
    return damaged;
  }
}
