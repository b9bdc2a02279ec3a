package dev.kvist.tck;

import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import java.util.EnumSet;

/**
 * The kit passes on a backend that can do next to nothing and says so: everything absent is
 * refused.
 */
class SparseConformanceTest extends ReferenceConformanceTest {
  @Override
  public Connection open(ConnectionOptions options, Capability... required) {
    return ReferenceConnection.open(
        options, EnumSet.allOf(Capability.class), Defect.NONE, required);
  }
}
