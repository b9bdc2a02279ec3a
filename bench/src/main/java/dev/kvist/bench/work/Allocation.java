package dev.kvist.bench.work;

import com.sun.management.ThreadMXBean;
import dev.kvist.bench.engine.Engine;
import java.lang.management.ManagementFactory;

/** Heap that operations take, by the count that the JVM keeps for each thread. */
final class Allocation {
  private static final int KEYS = 1_024;
  private static final int ROUNDS = 100;

  private Allocation() {}

  /** Bytes of a get of a key that is there, without those of the key. */
  static double ofGet(Engine engine, Data data, int entries) throws Exception {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    byte[][] keys = new byte[KEYS][];
    for (int i = 0; i < KEYS; i++) {
      keys[i] = data.key((long) i * entries / KEYS);
    }
    long found = 0;
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int round = 0; round < ROUNDS; round++) {
      for (byte[] key : keys) {
        found += engine.get(key) == null ? 0 : 1;
      }
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    if (found != (long) ROUNDS * KEYS) {
      throw new IllegalStateException("a get did not find a key that is there");
    }
    return (double) allocated / found;
  }
}
