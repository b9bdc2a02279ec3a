package dev.kvist.bench.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RocksSameEngineTest {
  private static final double BLOCK_HEADS_BYTES = 70;

  @TempDir private Path temporary;

  @ParameterizedTest
  @ValueSource(longs = {0, 64 << 20})
  void itsOptionsAreThoseOfKvistButForTheArchiveOfLogs(long cacheBytes) throws Exception {
    List<String> kvist = options("kvist-rocksdb", cacheBytes);
    List<String> same = options("rocksdb-same", cacheBytes);
    assertEquals(kvist.size(), same.size());
    List<String> others =
        IntStream.range(0, kvist.size())
            .filter(line -> !kvist.get(line).equals(same.get(line)))
            .mapToObj(same::get)
            .toList();
    assertEquals(List.of("WAL_ttl_seconds=0"), others);
  }

  @Test
  void aStoreHasTheSameLengthOfLogAsThatOfKvist() throws Exception {
    // Where a record meets the end of a block of the log, it takes another head.
    assertEquals(logged("kvist-rocksdb"), logged("rocksdb-same"), BLOCK_HEADS_BYTES);
  }

  /** How much longer the log gets by a thousand puts. */
  private double logged(String name) throws Exception {
    Path directory = temporary.resolve(name);
    try (Engine engine = open(name, directory, 0)) {
      engine.put(new byte[] {0, 0}, new byte[100]);
      long before = logBytes(directory);
      for (int i = 0; i < 1_000; i++) {
        engine.put(new byte[] {(byte) (i >> 8), (byte) i}, new byte[100]);
      }
      return logBytes(directory) - before;
    }
  }

  private static long logBytes(Path directory) throws IOException {
    long bytes = 0;
    for (Path file : files(directory)) {
      bytes += file.toString().endsWith(".log") ? Files.size(file) : 0;
    }
    return bytes;
  }

  /** What RocksDB wrote down of its options. */
  private List<String> options(String name, long cacheBytes) throws Exception {
    Path directory = temporary.resolve(name);
    try (Engine engine = open(name, directory, cacheBytes)) {
      assertNotNull(engine);
      Path newest =
          files(directory).stream()
              .filter(file -> file.getFileName().toString().startsWith("OPTIONS-"))
              .max(Path::compareTo)
              .orElseThrow();
      return Files.readAllLines(newest).stream().map(String::strip).toList();
    }
  }

  private static Engine open(String name, Path directory, long cacheBytes) throws Exception {
    return Subject.named(name).open(new Subject.Setup(directory, false, 1_000, 100, cacheBytes));
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }
}
