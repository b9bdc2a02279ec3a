package dev.kvist.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code stats --top} on a store whose keys are chosen by their order. */
final class TopEntriesTest {
  @TempDir private Path directory;

  @Test
  void oneEntryIsTheOnlyOne() {
    var shell = new Shell(directory, "rocksdb:" + directory.resolve("store"));
    assertEquals(0, shell.run("put", "demo", "a", "1"), shell.err());
    assertEquals(0, shell.run("stats", "--top", "3"), shell.err());
    assertTrue(shell.err().contains("from the only entry;"), shell.err());
  }

  /** Of a bucket that is in the sample whole nothing is an estimate. */
  @Test
  void aSmallBucketBesideALargeOneIsExact() throws IOException {
    var shell = new Shell(directory, "rocksdb:" + directory.resolve("store"));
    Path large = directory.resolve("large.tsv");
    Files.write(large, IntStream.range(0, 20_000).mapToObj(i -> "a:" + i + "\tx").toList());
    Path small = directory.resolve("small.tsv");
    Files.writeString(small, "b:1\tx\nb:2\tx\nc:1\tx\n");
    assertEquals(0, shell.run("import", "large", large.toString()), shell.err());
    assertEquals(0, shell.run("import", "small", small.toString()), shell.err());
    assertEquals(0, shell.run("stats", "--top", "3", "--by", "count", "--show-keys"), shell.err());
    assertEquals("20,000  large  a:\n     2  small  b:\n     1  small  c:\n", shell.out());
    assertTrue(
        shell.err().contains("from a random sample of 10,000 of 20,003 entries"), shell.err());
  }
}
