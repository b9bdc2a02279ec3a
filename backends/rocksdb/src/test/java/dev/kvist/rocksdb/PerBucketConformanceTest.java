package dev.kvist.rocksdb;

import dev.kvist.ConnectionOptions;
import dev.kvist.tck.ConnectionContract;
import java.nio.file.Path;

/** The contract, kept by {@code rocksdb:} with a column family for each bucket. */
final class PerBucketConformanceTest implements TemporaryPlace, ConnectionContract {
  @Override
  public ConnectionOptions options() {
    return TemporaryPlace.super.options().with("single_bucket_mode", "false");
  }

  @Override
  public ConnectionOptions backupOptions(ConnectionOptions of, Path directory) {
    return ConnectionOptions.of("rocksdb", directory.toString())
        .with("single_bucket_mode", "false");
  }
}
