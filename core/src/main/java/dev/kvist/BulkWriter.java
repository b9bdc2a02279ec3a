package dev.kvist;

import dev.kvist.spi.PutPipeline;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Stores many changes as fast as a store takes them: without waiting for each where it is a round
 * trip, else in batches where the store has them. The changes of one key are stored in the order in
 * which they were added, and some may be stored when others fail. For one thread.
 *
 * <pre>{@code
 * try (var bulk = new BulkWriter<Integer>(store, capabilities, (line, why) -> report(line, why))) {
 *   bulk.put(1, key, value, PutOptions.DEFAULT);
 *   bulk.flush();
 * }
 * }</pre>
 *
 * @param <T> what the caller knows a change by
 */
public final class BulkWriter<T> implements AutoCloseable {
  private static final int MOST_CHANGES = 500;
  private static final long MOST_BYTES = 1 << 20;

  private final KvStore store;
  private final int mostChanges;
  private final BiConsumer<? super T, ? super RuntimeException> refused;
  private final @Nullable PutPipeline pipeline;

  /** What the next batch gets, with what the caller knows it by. */
  private WriteBatch batch = new WriteBatch();

  private final List<T> items = new ArrayList<>();
  private final Set<ByteBuffer> keys = new HashSet<>();
  private long bytes;

  private long added;
  private long stored;
  private long refusals;

  /**
   * Stores in this bucket.
   *
   * @param capabilities those of its connection
   * @param refused gets every change that the store does not take, and why: {@link
   *     KvException.TooLarge}, or an {@code IllegalArgumentException} for its key; called by the
   *     methods of this object
   */
  public BulkWriter(
      KvStore store,
      Capabilities capabilities,
      BiConsumer<? super T, ? super RuntimeException> refused) {
    this.store = store;
    this.refused = refused;
    boolean hasBatches = capabilities.has(Capability.BATCH);
    mostChanges = hasBatches ? Math.clamp(capabilities.maxBatchOps(), 1, MOST_CHANGES) : 1;
    pipeline = store instanceof PutPipeline.Source source ? source.pipeline() : null;
  }

  /**
   * Stores a value, now or later. The arrays are copied.
   *
   * @param options without a condition
   * @return whether every change that was added so far is stored or refused
   * @throws IllegalArgumentException for an empty key, or a condition
   * @throws KvException of any change that was added so far and failed; what became of the others
   *     is not known then
   */
  public boolean put(T item, byte[] key, byte[] value, PutOptions options) {
    if (key.length == 0 || options.absent() || options.expected() != null) {
      throw new IllegalArgumentException("a bulk put has a key, and no condition");
    }
    added++;
    if (pipeline != null) {
      pipeline.put(key.clone(), value.clone(), options, failure -> ended(item, failure));
    } else {
      waitForKey(key);
      batch.put(key, value, options);
      take(item, value.length);
    }
    return isDone();
  }

  /** Deletes a key, now or later; else as {@link #put}. */
  public boolean delete(T item, byte[] key) {
    added++;
    waitForKey(key);
    batch.delete(key);
    take(item, 0);
    return isDone();
  }

  /** Purges a key, now or later; else as {@link #put}. */
  public boolean purge(T item, byte[] key) {
    added++;
    waitForKey(key);
    batch.purge(key);
    take(item, 0);
    return isDone();
  }

  /** Two changes of a key have to be stored in their order. */
  private void waitForKey(byte[] key) {
    if (pipeline != null || keys.contains(ByteBuffer.wrap(key))) {
      flush();
    }
  }

  private void take(T item, int valueBytes) {
    byte[] key = batch.ops().getLast().key();
    items.add(item);
    keys.add(ByteBuffer.wrap(key));
    bytes += (long) key.length + valueBytes;
    if (pipeline != null || items.size() >= mostChanges || bytes >= MOST_BYTES) {
      storeBatch();
    }
  }

  private boolean isDone() {
    return stored + refusals == added;
  }

  /** How many changes are stored, as far as is known: exact after a flush. */
  public long stored() {
    return stored;
  }

  /**
   * Waits until everything that was added is stored or refused.
   *
   * @throws KvException as {@link #put}
   */
  public void flush() {
    if (pipeline != null) {
      pipeline.flush();
    }
    storeBatch();
  }

  private void storeBatch() {
    List<WriteBatch.Op> ops = batch.ops();
    if (items.size() > 1 && isTakenWhole()) {
      stored += items.size();
    } else {
      for (int i = 0; i < items.size(); i++) {
        storeAlone(items.get(i), ops.get(i));
      }
    }
    batch = new WriteBatch();
    items.clear();
    keys.clear();
    bytes = 0;
  }

  private boolean isTakenWhole() {
    try {
      store.batch().apply(batch);
      return true;
    } catch (KvException.TooLarge | IllegalArgumentException e) {
      // One of them, or all together, are too much: one by one shows which.
      return false;
    }
  }

  private void storeAlone(T item, WriteBatch.Op op) {
    @Nullable RuntimeException failure = null;
    try {
      switch (op.kind()) {
        case PUT -> store.writer().put(op.key(), op.value(), op.options());
        case DELETE -> store.writer().delete(op.key());
        case PURGE -> store.purger().purge(op.key());
        case REQUIRE -> throw new IllegalStateException("a bulk writer requires nothing");
      }
    } catch (KvException.TooLarge | IllegalArgumentException e) {
      failure = e;
    }
    ended(item, failure);
  }

  private void ended(T item, @Nullable RuntimeException failure) {
    if (failure == null) {
      stored++;
    } else if (failure instanceof KvException.TooLarge
        || failure instanceof IllegalArgumentException) {
      refusals++;
      refused.accept(item, failure);
    } else {
      throw failure;
    }
  }

  /** Frees it. What was added and not flushed may be stored or not. */
  @Override
  public void close() {
    if (pipeline != null) {
      pipeline.close();
    }
  }
}
