package dev.kvist.simple;

import dev.kvist.ConnectionOptions;
import dev.kvist.tck.BackendUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** A directory of its own for each test of the contract. */
interface TemporaryPlace extends BackendUnderTest {
  @Override
  default ConnectionOptions options() {
    try {
      Path directory = Files.createTempDirectory("kvist-simple");
      return ConnectionOptions.of("simple", directory.toString()).with("segment_size", "1MiB");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  default void release(ConnectionOptions options) {
    try (var paths = Files.walk(Path.of(options.location()))) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  default ConnectionOptions optionsWithRetention(long bytes) {
    return options().with("segment_size", "256KiB").with("retention_bytes", Long.toString(bytes));
  }
}
