package dev.kvist.simple;

import dev.kvist.ConnectionOptions;
import dev.kvist.tck.ConnectionContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** The contract, kept by {@code simple:}. */
final class SimpleConformanceTest implements ConnectionContract {
  @Override
  public ConnectionOptions options() {
    try {
      Path directory = Files.createTempDirectory("kvist-simple");
      return ConnectionOptions.of("simple", directory.toString()).with("segment_size", "1MiB");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void release(ConnectionOptions options) {
    try (var paths = Files.walk(Path.of(options.location()))) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public ConnectionOptions optionsWithRetention(long bytes) {
    return options().with("segment_size", "16KiB").with("retention_bytes", Long.toString(bytes));
  }
}
