package dev.kvist;

import dev.kvist.KvException.Effect;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Stores many changes as fast as a store takes them: in batches where it has them, and with several
 * requests under way where each is a round trip ({@link Capabilities#parallelRequests}). The
 * changes of one key are stored in the order in which they were added, those of different keys in
 * any, and some may be stored when others fail. For one thread.
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

  /** Changes that are sent together, with what the caller knows them by. */
  private final class Part {
    final WriteBatch batch = new WriteBatch();
    final List<T> items = new ArrayList<>();
    long bytes;
  }

  /** A change that the store does not take. */
  private record Refusal<T>(T item, RuntimeException why) {}

  private final KvStore store;
  private final int mostChanges;
  private final int mostParts;
  private final BiConsumer<? super T, ? super RuntimeException> refused;

  /** The keys of all changes that are not known to be stored. */
  private final Set<ByteBuffer> keys = new HashSet<>();

  private final Queue<Part> sent = new ArrayDeque<>();
  private final Queue<FutureTask<List<Refusal<T>>>> sending = new ArrayDeque<>();
  private Part part = new Part();
  private long stored;

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
    mostParts = capabilities.parallelRequests();
  }

  /**
   * Stores a value, now or later.
   *
   * @return whether every change that was added so far is stored
   * @throws IllegalArgumentException for an empty key
   * @throws KvException of any change that was added so far and failed; what becomes of the others
   *     is not known until the close
   */
  public boolean put(T item, byte[] key, byte[] value, PutOptions options) {
    waitForKey(key);
    part.batch.put(key, value, options);
    return added(item, key, value.length);
  }

  /** Deletes a key, now or later; else as {@link #put}. */
  public boolean delete(T item, byte[] key) {
    waitForKey(key);
    part.batch.delete(key);
    return added(item, key, 0);
  }

  /** Purges a key, now or later; else as {@link #put}. */
  public boolean purge(T item, byte[] key) {
    waitForKey(key);
    part.batch.purge(key);
    return added(item, key, 0);
  }

  /** Two changes of a key have to be stored in their order. */
  private void waitForKey(byte[] key) {
    if (keys.contains(ByteBuffer.wrap(key))) {
      flush();
    }
  }

  private boolean added(T item, byte[] key, int valueBytes) {
    part.items.add(item);
    part.bytes += (long) key.length + valueBytes;
    // The batch has a copy of the key, which nobody changes.
    keys.add(ByteBuffer.wrap(part.batch.ops().getLast().key()));
    if (part.items.size() >= mostChanges || part.bytes >= MOST_BYTES) {
      send();
    }
    return keys.isEmpty();
  }

  /**
   * How many changes are stored: the first ones, but for those that were refused. Exact after a
   * flush or the close.
   */
  public long stored() {
    return stored;
  }

  /**
   * Waits until everything that was added is stored or refused.
   *
   * @throws KvException as {@link #put}
   */
  public void flush() {
    send();
    while (!sent.isEmpty()) {
      finishFirst();
    }
  }

  private void send() {
    if (part.items.isEmpty()) {
      return;
    }
    Part full = part;
    part = new Part();
    var task = new FutureTask<>(() -> store(full));
    sent.add(full);
    sending.add(task);
    if (mostParts > 1) {
      Thread.ofVirtual().name("kvist-bulk").start(task);
    } else {
      task.run();
    }
    while (sent.size() >= mostParts) {
      finishFirst();
    }
  }

  private void finishFirst() {
    FutureTask<List<Refusal<T>>> task = sending.element();
    List<Refusal<T>> refusals;
    try {
      refusals = task.get();
    } catch (ExecutionException e) {
      removeFirst();
      throw failure(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException.Timeout(Effect.UNKNOWN, "a bulk write", null);
    }
    stored += removeFirst().items.size() - refusals.size();
    refusals.forEach(refusal -> refused.accept(refusal.item(), refusal.why()));
  }

  private Part removeFirst() {
    sending.remove();
    Part first = sent.remove();
    first.batch.ops().forEach(op -> keys.remove(ByteBuffer.wrap(op.key())));
    return first;
  }

  private static RuntimeException failure(@Nullable Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException failure ? failure : new IllegalStateException(cause);
  }

  private List<Refusal<T>> store(Part part) {
    if (part.items.size() > 1) {
      try {
        store.batch().apply(part.batch);
        return List.of();
      } catch (KvException.TooLarge | IllegalArgumentException e) {
        // One of them, or all together, are too much: one by one shows which.
      }
    }
    var refusals = new ArrayList<Refusal<T>>();
    for (int i = 0; i < part.items.size(); i++) {
      try {
        store(part.batch.ops().get(i));
      } catch (KvException.TooLarge | IllegalArgumentException e) {
        refusals.add(new Refusal<>(part.items.get(i), e));
      }
    }
    return refusals;
  }

  private void store(WriteBatch.Op op) {
    switch (op.kind()) {
      case PUT -> store.writer().put(op.key(), op.value(), op.options());
      case DELETE -> store.writer().delete(op.key());
      case PURGE -> store.purger().purge(op.key());
      case REQUIRE -> throw new IllegalStateException("a bulk writer requires nothing");
    }
  }

  /**
   * Waits for what is under way, whatever becomes of it; what was added and not sent yet is not
   * stored. Flush before.
   */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    while (!sent.isEmpty()) {
      try {
        finishFirst();
      } catch (KvException.Timeout e) {
        interrupted |= Thread.interrupted();
      } catch (RuntimeException e) {
        // The caller was told of the first failure, and gave up.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
