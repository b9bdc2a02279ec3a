package dev.kvist.rocksdb;

import dev.kvist.ConnectionOptions;
import dev.kvist.tck.ConnectionContract;

/** The contract, kept by {@code rocksdb:} with every write synced before it is acknowledged. */
final class SyncedConformanceTest implements TemporaryPlace, ConnectionContract {
  @Override
  public ConnectionOptions options() {
    return TemporaryPlace.super.options().with("sync_writes", "true");
  }

  /** A sync a write: fewer rounds take as long. */
  @Override
  public double effort() {
    return 0.1;
  }
}
