package dev.kvist.spi;

import dev.kvist.KvObserver;
import dev.kvist.KvObserver.Operation;
import dev.kvist.OperationCount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;

/**
 * The {@linkplain OperationMeter meters} of a connection, one a bucket, and what is published of
 * them: a backend makes one of these, and answers {@link dev.kvist.Connection#operations} and its
 * part of {@link dev.kvist.Connection#stats} from it. For many threads.
 */
public final class OperationMeters {
  private static final String ACROSS_BUCKETS = "";

  private final String backend;
  private final KvObserver observer;
  private final Map<String, OperationMeter> byBucket = new ConcurrentHashMap<>();

  /**
   * Meters of one connection.
   *
   * @param backend its scheme
   * @param observer who is told, which may be {@link KvObserver#NONE}
   */
  public OperationMeters(String backend, KvObserver observer) {
    this.backend = backend;
    this.observer = observer;
  }

  /** The meter of a bucket, always the same. A store keeps it. */
  public OperationMeter of(String bucket) {
    return byBucket.computeIfAbsent(bucket, name -> new OperationMeter(backend, name, observer));
  }

  /** The meter of batches over several buckets. */
  public OperationMeter acrossBuckets() {
    return of(ACROSS_BUCKETS);
  }

  /** What was done, by bucket and operation, in the order of the buckets' names. */
  public List<OperationCount> counts() {
    var counts = new ArrayList<OperationCount>();
    byBucket.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(meter -> meter.getValue().addTo(counts));
    return counts;
  }

  /** Puts the sums over all buckets among the figures of a connection. */
  public void putInto(Map<String, Long> stats) {
    List<OperationCount> counts = counts();
    stats.put("gets", sum(counts, Operation.GET, OperationCount::count));
    stats.put("gets.missed", sum(counts, Operation.GET, OperationCount::misses));
    stats.put("gets.bytes", sum(counts, Operation.GET, OperationCount::bytes));
    stats.put("puts", sum(counts, Operation.PUT, OperationCount::count));
    stats.put("puts.bytes", sum(counts, Operation.PUT, OperationCount::bytes));
    stats.put("deletes", sum(counts, Operation.DELETE, OperationCount::count));
    stats.put("deletes.missed", sum(counts, Operation.DELETE, OperationCount::misses));
    stats.put("batches", sum(counts, Operation.BATCH, OperationCount::count));
    stats.put("batches.bytes", sum(counts, Operation.BATCH, OperationCount::bytes));
    stats.put("scans.pages", sum(counts, Operation.SCAN_PAGE, OperationCount::count));
    stats.put("scans.bytes", sum(counts, Operation.SCAN_PAGE, OperationCount::bytes));
  }

  private static long sum(
      List<OperationCount> counts, Operation operation, ToLongFunction<OperationCount> figure) {
    return counts.stream().filter(one -> one.operation() == operation).mapToLong(figure).sum();
  }
}
