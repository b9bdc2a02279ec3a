package dev.kvist.tck;

import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import java.util.Set;

/**
 * The kit passes on a backend like a remote one: it keeps one record of a key, and scans without
 * order.
 */
class NewestOnlyConformanceTest extends ReferenceConformanceTest {
  @Override
  public ConnectionOptions options() {
    return super.options().with("newest_only", "true");
  }

  @Override
  public Connection open(ConnectionOptions options, Capability... required) {
    var absent = Set.of(Capability.BATCH, Capability.BATCH_ACROSS_BUCKETS, Capability.ORDERED_SCAN);
    return ReferenceConnection.open(options, absent, Defect.NONE, required);
  }

  @Override
  public boolean everyChange() {
    return false;
  }

  @Override
  public double effort() {
    return 0.1;
  }
}
