package dev.kvist.tck;

import dev.kvist.KvEntry;
import dev.kvist.KvUpdate;
import dev.kvist.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** What a reference connection leaves behind when it is closed. Guarded by its lock. */
final class ReferenceData {
  private static final AtomicLong EPOCHS = new AtomicLong();

  /** An update of a bucket, without its cursor. */
  record Told(String bucket, KvUpdate update) {}

  final ReentrantLock lock = new ReentrantLock();
  final Condition changed = lock.newCondition();
  final Condition tick = lock.newCondition();
  final long epoch = EPOCHS.incrementAndGet();
  final TreeMap<String, TreeMap<Bytes, KvEntry>> buckets = new TreeMap<>();
  boolean owned;

  /**
   * The change stream: one list an operation. The position behind group i is {@code forgotten + i +
   * 1}.
   */
  final List<List<Told>> log = new ArrayList<>();

  long forgotten;
  private long bytes;
  private long retention = Long.MAX_VALUE;
  private long counter;
  private long newestMillis;

  /** The records of a bucket, which is made when it is missing. */
  Map<Bytes, KvEntry> keys(String bucket) {
    return buckets.computeIfAbsent(bucket, _ -> new TreeMap<>());
  }

  /** Gives up the lock for a moment, for defects that let others in between. */
  void letOthersIn() {
    boolean held = lock.isHeldByCurrentThread();
    if (held) {
      lock.unlock();
    }
    LockSupport.parkNanos(50_000);
    if (held) {
      lock.lock();
    }
  }

  void keepAtMost(long retentionBytes) {
    retention = retentionBytes;
  }

  Version nextVersion() {
    return Version.of(epoch, ++counter);
  }

  long nowMillis() {
    newestMillis = Math.max(newestMillis, System.currentTimeMillis());
    return newestMillis;
  }

  long end() {
    return forgotten + log.size();
  }

  void append(List<Told> group) {
    if (group.isEmpty()) {
      return;
    }
    log.add(group);
    bytes += size(group);
    int cut = 0;
    while (bytes > retention && cut < log.size() - 1) {
      bytes -= size(log.get(cut++));
    }
    log.subList(0, cut).clear();
    forgotten += cut;
    changed.signalAll();
  }

  private static long size(List<Told> group) {
    return group.stream()
        .mapToLong(told -> told.update() instanceof KvUpdate.Put put ? put.value().length : 1)
        .sum();
  }
}
