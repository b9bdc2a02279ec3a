package dev.kvist.simple;

import dev.kvist.ConnectionOptions;
import dev.kvist.tck.ConnectionContract;
import java.nio.file.Path;

/** The contract, kept by {@code memory:}. */
final class MemoryConformanceTest implements ConnectionContract {
  private static ConnectionOptions memory() {
    return ConnectionOptions.of("memory", "").with("segment_size", "1MiB");
  }

  @Override
  public ConnectionOptions options() {
    return memory();
  }

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public ConnectionOptions optionsWithRetention(long bytes) {
    return memory().with("segment_size", "256KiB").with("retention_bytes", Long.toString(bytes));
  }

  @Override
  public ConnectionOptions backupOptions(ConnectionOptions of, Path directory) {
    return ConnectionOptions.of("simple", directory.toString());
  }
}
