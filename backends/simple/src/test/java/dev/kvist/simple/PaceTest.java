package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.StorageType;
import dev.kvist.tck.Waiting;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Writers that are faster than compaction. */
final class PaceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int SEGMENT_BYTES = 16 << 10;

  /** Of garbage: what the store may keep, how far writers may be ahead, and what is made ahead. */
  private static final long MOST_BYTES = (4 + Compaction.SEGMENTS_BEHIND + 5) * SEGMENT_BYTES;

  private static final int PUTS = 3 * Compaction.SEGMENTS_BEHIND * 15;

  /** Compaction stops behind its first segment until this is open. */
  private final CountDownLatch goOn = new CountDownLatch(1);

  /** What compaction fails with behind each segment. */
  private volatile @Nullable RuntimeException failure;

  private final KvObserver observer =
      new KvObserver() {
        @Override
        public void compacted(long bytesRead, long bytesKept, long nanos) {
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          if (failure != null) {
            throw failure;
          }
        }
      };

  private final Store store = open();
  private volatile @Nullable Thread writer;
  private long most;

  private Store open() {
    var settings =
        new Settings(
            false,
            false,
            false,
            SEGMENT_BYTES,
            1_000,
            1_000,
            4096,
            SEGMENT_BYTES,
            0,
            0,
            0,
            0,
            1 << 20);
    return Store.open(new MemoryDirectory(), settings, observer, System::currentTimeMillis, false);
  }

  @AfterEach
  void close() {
    goOn.countDown();
    store.close();
  }

  /** Some fifteen puts fill a segment. */
  private int overwrite() {
    KvStore bucket = new SimpleConnection(store, StorageType.FILE).store("b");
    byte[] value = new byte[1_000];
    for (int i = 0; i < PUTS; i++) {
      bucket.writer().put(utf8("k" + i % 10), value);
      most = Math.max(most, store.engine.log.bytes());
    }
    return PUTS;
  }

  private boolean isHeld() {
    Thread writer = Objects.requireNonNull(this.writer);
    for (StackTraceElement frame : writer.getStackTrace()) {
      if (frame.getClassName().equals(Pace.class.getName())) {
        return writer.getState() == Thread.State.WAITING;
      }
    }
    return false;
  }

  /** Starts a writer, and returns when it waits. */
  private FutureTask<Integer> heldWriter() {
    var writes = new FutureTask<>(this::overwrite);
    writer = Thread.ofPlatform().daemon().start(writes);
    Waiting.until(PATIENCE, "the writer to wait", () -> isHeld() || writes.isDone());
    assertTrue(isHeld(), "the writer did not wait: " + store.engine.log.bytes() + " bytes");
    return writes;
  }

  @Test
  void writersWaitForCompactionThatIsFarBehind() {
    FutureTask<Integer> writes = heldWriter();
    goOn.countDown();
    assertEquals(PUTS, Waiting.result(PATIENCE, writes));
    assertTrue(most <= MOST_BYTES, "files grew to " + most + " bytes");
  }

  @Test
  void aWriterThatWaitsIsToldOfTheClose() {
    FutureTask<Integer> writes = heldWriter();
    Future<?> closing = Waiting.start(Thread.ofPlatform().daemon(), store::close);
    Waiting.until(PATIENCE, "the close to begin", store.engine::isClosed);
    goOn.countDown();
    Waiting.result(PATIENCE, closing);
    var failure = assertThrows(AssertionError.class, () -> Waiting.result(PATIENCE, writes));
    assertInstanceOf(KvException.Closed.class, failure.getCause());
  }

  @Test
  void aWriterThatIsInterruptedWroteNothing() {
    FutureTask<Integer> writes = heldWriter();
    long segments = store.engine.log.bytes();
    Objects.requireNonNull(writer).interrupt();
    var thrown = assertThrows(AssertionError.class, () -> Waiting.result(PATIENCE, writes));
    var timeout = assertInstanceOf(KvException.Timeout.class, thrown.getCause());
    assertEquals(KvException.Effect.NONE, timeout.effect());
    assertEquals(segments, store.engine.log.bytes());
  }

  @Test
  void writersDoNotWaitForCompactionThatFails() {
    assertGoesOnAfter(new IllegalStateException("for the test"));
  }

  @Test
  void writersDoNotWaitForCompactionThatHasEnded() {
    assertGoesOnAfter(new UnsupportedOperationException("for the test"));
  }

  private void assertGoesOnAfter(RuntimeException thrown) {
    FutureTask<Integer> writes = heldWriter();
    failure = thrown;
    goOn.countDown();
    assertEquals(PUTS, Waiting.result(PATIENCE, writes));
  }

  /** As a backup: compaction waits for it, and writers must not wait for both. */
  @Test
  void writersDoNotWaitForWhatCompactionWaitsFor() {
    goOn.countDown();
    var written = new AtomicInteger();
    Future<?> step =
        Waiting.start(
            Thread.ofPlatform().daemon(),
            () -> store.compaction.whileSegmentsStay(() -> written.set(overwrite())));
    Waiting.result(PATIENCE, step);
    assertEquals(PUTS, written.get());
    assertTrue(most > MOST_BYTES, "files grew to " + most + " bytes");
  }
}
