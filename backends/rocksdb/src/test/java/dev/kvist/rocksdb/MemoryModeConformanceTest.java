package dev.kvist.rocksdb;

import dev.kvist.ConnectionOptions;
import dev.kvist.tck.ConnectionContract;

/** The contract, kept by {@code rocksdb:} with everything in memory. */
final class MemoryModeConformanceTest implements ConnectionContract {
  @Override
  public ConnectionOptions options() {
    return ConnectionOptions.of("rocksdb", "")
        .with("memory_mode", "true")
        .with("mem_table_size", "1MiB")
        .with("memory_budget", "16MiB");
  }

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public ConnectionOptions optionsWithRetention(long bytes) {
    return options().with("mem_table_size", "64KiB").with("retention_bytes", Long.toString(bytes));
  }
}
