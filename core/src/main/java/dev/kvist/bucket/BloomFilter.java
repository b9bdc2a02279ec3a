package dev.kvist.bucket;

import dev.kvist.Capabilities;
import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A filter with a fixed size in memory: it answers true for every item that was added, and for a
 * small share of those that were not.
 *
 * <p>It is made for a number of items and an error rate: up to that capacity, {@link #exists} and
 * {@link #checkThenAdd} are wrong for that share of the absent items. Beyond it the share grows,
 * which is logged once; {@link #estimatedErrorRate} tells it. One filter serves all buckets: an
 * item is a pair of bucket and key, and the capacity is that of all together. Items cannot be
 * deleted.
 *
 * <p>An item that was acknowledged is never taken for absent, as long as the store keeps what it
 * acknowledged (K8): not after a restart, a kill or with damaged chunks. Everything is kept in the
 * bucket {@link #BUCKET} of the connection, about 16 bytes an item and the bits, and a chunk of
 * bits that cannot be read is rebuilt from the items' hashes. What that bucket holds is the
 * filter's own.
 *
 * <p>One open filter a connection, and one process at a time: another one does not see what this
 * adds. When both add, one of them is told by {@link KvException.AlreadyOwned}, and nothing that
 * was acknowledged is lost.
 *
 * <p>Needs {@link Capability#CAS}. Safe for many threads; {@link #exists} takes no lock.
 */
public final class BloomFilter implements Filter, AutoCloseable {
  /** The bucket {@code _bloom}, in which the Bloom filter of a connection is kept. */
  public static final String BUCKET = "_bloom";

  /** The capacity where none is configured. */
  public static final long DEFAULT_CAPACITY = 1_000_000;

  /** The error rate where none is configured. */
  public static final double DEFAULT_ERROR_RATE = 0.01;

  static final String WHERE = "the Bloom filter in bucket " + BUCKET;
  static final int GROUP_SIZE = 1024;
  static final int CHUNK_SIZE = 16 << 10;

  private static final Logger LOG = LoggerFactory.getLogger(BloomFilter.class);
  private static final int STRIPES = 1024;

  /** Connections that have an open filter. Two would not see each other's items. */
  private static final Set<Connection> OPEN =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private final Connection connection;
  private final BloomShape shape;
  private final BloomBits bits;
  private final BloomSequences sequences;
  private final BloomJournal journal;
  private final BloomChunks chunks;
  private final AtomicLong count;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** By hash: two callers with one item never both find it absent. */
  private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];

  BloomFilter(
      Connection connection,
      BloomShape shape,
      BloomBits bits,
      BloomSequences sequences,
      BloomJournal journal,
      BloomChunks chunks) {
    this.connection = connection;
    this.shape = shape;
    this.bits = bits;
    this.sequences = sequences;
    this.journal = journal;
    this.chunks = chunks;
    this.count = new AtomicLong(sequences.count());
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new ReentrantLock();
    }
    if (count.get() > shape.capacity() || bits.errorRate() > 2 * shape.errorRate()) {
      warnOfCapacity(count.get());
    }
  }

  /**
   * Opens the Bloom filter of a connection, or one that is empty; the first add makes it.
   *
   * <p>Reads the bits and the newest items, and rebuilds what is damaged, which is logged at WARN.
   *
   * @param capacity how many items it is made for, all buckets together
   * @param errorRate the share of absent items for which it may answer true when it is full,
   *     between 0 and 1
   * @throws IllegalArgumentException when no such filter can be made, or the one that is there was
   *     made for another capacity or error rate
   * @throws KvException.AlreadyOwned when this connection has an open one
   * @throws KvException.Unsupported without {@link Capability#CAS}, or when values may not have the
   *     size of a chunk, 16 KiB
   * @throws KvException.FormatTooNew when a newer Kvist wrote it
   */
  public static BloomFilter open(Connection connection, long capacity, double errorRate) {
    return open(connection, capacity, errorRate, GROUP_SIZE, CHUNK_SIZE);
  }

  /**
   * Checks what a filter is to be made for, without making one.
   *
   * @throws IllegalArgumentException when {@link #open} would refuse it: no capacity, an error rate
   *     that is not between 0 and 1, or more bits than fit in memory
   */
  public static void checkSize(long capacity, double errorRate) {
    BloomShape.check(capacity, errorRate);
  }

  static BloomFilter open(
      Connection connection, long capacity, double errorRate, int groupSize, int chunkSize) {
    var random = new SecureRandom();
    var wanted =
        new BloomShape(
            capacity, errorRate, random.nextLong(), random.nextLong(), groupSize, chunkSize);
    Capabilities capabilities = connection.capabilities();
    if (!capabilities.has(Capability.CAS)) {
      throw new KvException.Unsupported("a Bloom filter needs a backend with the capability cas");
    }
    if (capabilities.maxValueSize() < BloomLayout.longestValue(wanted)) {
      throw new KvException.Unsupported(
          "a Bloom filter stores values of "
              + BloomLayout.longestValue(wanted)
              + " bytes, and this connection takes "
              + capabilities.maxValueSize()
              + " at most; raise the limit");
    }
    if (!OPEN.add(connection)) {
      throw new KvException.AlreadyOwned(WHERE, ProcessHandle.current().pid());
    }
    try {
      return new BloomOpening(connection, wanted).open();
    } catch (RuntimeException | Error e) {
      OPEN.remove(connection);
      throw e;
    }
  }

  static KvException ownedElsewhere() {
    return new KvException.AlreadyOwned(WHERE, -1);
  }

  @Override
  public boolean exists(String bucket, byte[] key) {
    ItemHash item = shape.hash(bucket, key);
    checkOpen();
    return bits.contains(item);
  }

  @Override
  public void add(String bucket, byte[] key) {
    checkThenAdd(bucket, key);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Here true may also be said of an item that was not there, as by {@link #exists}; such an
   * item is not written. In one process only.
   *
   * @throws KvException.AlreadyOwned when another open of the filter adds to it; this one has to be
   *     opened again
   */
  @Override
  public boolean checkThenAdd(String bucket, byte[] key) {
    ItemHash item = shape.hash(bucket, key);
    checkOpen();
    // Bits are set when their items are written: what is found set needs no write.
    if (bits.contains(item)) {
      return true;
    }
    ReentrantLock stripe = stripes[(int) item.first() & STRIPES - 1];
    lock(stripe);
    int added;
    try {
      if (bits.contains(item)) {
        return true;
      }
      chunks.ensureParameters();
      added = journal.write(item);
    } finally {
      stripe.unlock();
    }
    counted(added);
    chunks.fold();
    return false;
  }

  private static void lock(ReentrantLock stripe) {
    try {
      stripe.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException.Timeout(Effect.NONE, "an add to the Bloom filter", null);
    }
  }

  private void counted(int added) {
    long now = count.addAndGet(added);
    if (now > shape.capacity() && now - added <= shape.capacity()) {
      warnOfCapacity(now);
    }
  }

  private void warnOfCapacity(long items) {
    LOG.warn(
        "{} holds {} items and was made for {}: of absent items it takes a share of about {} for"
            + " present, and {} was asked for; it cannot be resized: drop the bucket {} and add the"
            + " items again, with a larger filter_capacity if more come",
        WHERE,
        items,
        shape.capacity(),
        "%.2g".formatted(bits.errorRate()),
        shape.errorRate(),
        BUCKET);
  }

  /**
   * Always fails: the bits of an item are those of others too.
   *
   * @throws KvException.Unsupported naming the exact filter, which can
   */
  @Override
  public void delete(String bucket, byte[] key) {
    Member.of(bucket, key);
    throw new KvException.Unsupported(
        "a Bloom filter cannot delete: use the exact filter, Filter.of(connection) or filter: exact"
            + " in the configuration, where items are deleted");
  }

  /**
   * How many items were added and were not there, as far as the filter knew; those of all buckets,
   * and of earlier opens.
   */
  public long count() {
    return count.get();
  }

  /** How many items it is made for. */
  public long capacity() {
    return shape.capacity();
  }

  /** The share of absent items for which it may answer true at its capacity. */
  public double errorRate() {
    return shape.errorRate();
  }

  /**
   * The share of absent items for which it answers true now, from the share of bits that are set; 1
   * when damage could not be made good.
   */
  public double estimatedErrorRate() {
    return bits.errorRate();
  }

  /** Bytes of memory that its bits take. */
  public long memorySize() {
    return bits.size();
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new KvException.Closed(WHERE);
    }
  }

  /**
   * Writes the bits that changed, so that the next open is fast, and ends the filter; the
   * connection stays open. Close it before the connection. Without it nothing is lost. Idempotent.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      chunks.writeChanged();
      sequences.fail(new KvException.Closed(WHERE));
      OPEN.remove(connection);
    }
  }
}
