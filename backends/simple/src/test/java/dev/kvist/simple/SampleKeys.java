package dev.kvist.simple;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands for the log and the hash index: keys by position, and which of them live. */
final class SampleKeys implements KeySource {
  final Set<SampleKey> live = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<Long, SampleKey> log = new ConcurrentHashMap<>();
  private long next;
  volatile Runnable beforeIsLive = () -> {};
  final AtomicInteger forced = new AtomicInteger();

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Adds a key as an engine does: to the log, to the index, to the runs. */
  void put(KeyRuns runs, SampleKey key) {
    long position = next++;
    log.put(position, key);
    if (live.add(key)) {
      runs.add(position);
    }
  }

  void delete(KeyRuns runs, SampleKey key) {
    if (live.remove(key)) {
      runs.died();
    }
  }

  /** Makes all records gone. */
  void dropLog() {
    log.clear();
  }

  @Override
  public void read(long position, KeyBatch batch) {
    SampleKey key = log.get(position);
    if (key != null) {
      byte[] bytes = key.bytes();
      batch.add(key.bucket(), MemorySegment.ofArray(bytes), 0, bytes.length);
    }
  }

  @Override
  public boolean isLive(int bucket, byte[] buffer, int offset, int length) {
    beforeIsLive.run();
    return live.contains(SampleKey.of(bucket, Arrays.copyOfRange(buffer, offset, offset + length)));
  }

  @Override
  public void force() {
    forced.incrementAndGet();
  }
}
