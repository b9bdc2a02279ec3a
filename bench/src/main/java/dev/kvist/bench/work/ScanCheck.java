package dev.kvist.bench.work;

import dev.kvist.bench.engine.Engine;
import java.util.Arrays;

/** Looks at each entry of a scan: it counts that somebody did. */
final class ScanCheck implements Engine.Visitor {
  private final boolean ordered;
  private final int valueBytes;
  private byte[] last = {};

  ScanCheck(boolean ordered, int valueBytes) {
    this.ordered = ordered;
    this.valueBytes = valueBytes;
  }

  /** Another scan begins. */
  void begin() {
    last = new byte[0];
  }

  @Override
  public void entry(byte[] key, byte[] value) {
    if (value.length != valueBytes || (ordered && Arrays.compareUnsigned(last, key) >= 0)) {
      throw new IllegalStateException("a scan is out of order, or gave a wrong value");
    }
    last = key;
  }
}
