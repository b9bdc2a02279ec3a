package dev.kvist.tck;

import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** The kit passes on a backend that is right. */
class ReferenceConformanceTest implements ConnectionContract {
  private static final AtomicLong PLACES = new AtomicLong();

  @Override
  public ConnectionOptions options() {
    return ConnectionOptions.of("reference", "place" + PLACES.incrementAndGet());
  }

  @Override
  public Connection open(ConnectionOptions options, Capability... required) {
    return ReferenceConnection.open(options, Set.of(), Defect.NONE, required);
  }

  @Override
  public void release(ConnectionOptions options) {
    ReferenceConnection.forget(options);
  }

  @Override
  public ConnectionOptions optionsWithRetention(long bytes) {
    return options().with("retention", Long.toString(bytes));
  }

  @Override
  public ConnectionOptions backupOptions(ConnectionOptions of, Path directory) {
    return ConnectionOptions.of(of.scheme(), directory.toString());
  }
}
