package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.nats.RetentionGuard.Overtaken;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The changes of a bucket in a scope as updates, one after the other, through restarts of servers
 * and lost connections. For one thread at a time, but for {@link #letGo}, {@link #detach} and
 * {@link #end}.
 *
 * <p>What it is attached to on the server may break at any time. Then {@link WatchStart} makes
 * another one behind the last message that was read, unless something between would be missing.
 */
final class BucketChanges {
  private static final Logger LOG = LoggerFactory.getLogger(BucketChanges.class);
  private static final long SLICE_NANOS = 200_000_000;

  private final WatchStart start;
  private final String bucket;
  private final WatchScope scope;

  private volatile @Nullable Attachment attachment;
  private volatile boolean lookAgain;
  private volatile boolean ended;

  /** Whether state-sync is under way: its updates carry no cursor. */
  private boolean inState;

  /** Whether the state is complete, and nobody was told. */
  private boolean stateEnds;

  /** What was read and not given out. */
  private final Deque<KvUpdate> ready = new ArrayDeque<>();

  private @Nullable HeldUpdate held;
  private @Nullable WatchCursor cursor;
  private long pauseNanos;
  private long nextAttemptNanos;

  /** When nothing was in line for the last time, in milliseconds since 1970. */
  private long emptyMillis;

  BucketChanges(Watches watches, String bucket, WatchScope scope, WatchOptions options) {
    this.start = new WatchStart(watches, bucket, scope, options);
    this.bucket = bucket;
    this.scope = scope;
    this.inState = options.start() == WatchOptions.Start.STATE;
    this.cursor = options.cursor();
  }

  /**
   * Begins, so that what is written from now on will be seen. A missing bucket is waited for later.
   *
   * @throws KvException when that is not possible in time, or ever
   */
  void begin(Deadline deadline) {
    attach(deadline);
  }

  /** The cursor behind everything that was given out; null before the first. */
  @Nullable WatchCursor cursor() {
    return cursor;
  }

  /**
   * The next update, or null when none came in this time.
   *
   * @throws KvException when the changes cannot go on
   */
  @Nullable KvUpdate next(long nanos) {
    if (!ready.isEmpty()) {
      return ready.poll();
    }
    long end = System.nanoTime() + nanos;
    try {
      while (!ended) {
        long left = end - System.nanoTime();
        Attachment attached = attached(left);
        @Nullable KvUpdate update = attached == null ? null : step(attached, left);
        if (update != null || end - System.nanoTime() <= 0) {
          return update;
        }
      }
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted();
    }
  }

  private KvException interrupted() {
    return new KvException.Timeout(
        KvException.Effect.NONE, "waiting for an update of bucket " + bucket, null);
  }

  // --- the attachment ----------------------------------------------------------------------------

  private @Nullable Attachment attached(long nanos) throws InterruptedException {
    Attachment known = attachment;
    if (known != null && known.isCurrent()) {
      return known;
    }
    if (known != null) {
      detach(known, "there is another connection");
    }
    long wait = nextAttemptNanos - System.nanoTime();
    if (wait > 0) {
      LockSupport.parkNanos(this, Math.min(wait, nanos));
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (wait > nanos) {
        return null;
      }
    }
    try {
      Attachment made = attach(start.attempt(nanos));
      postpone(made != null);
      return made;
    } catch (KvException.NotConnected | KvException.Timeout e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LOG.debug("watch of bucket {}: {}", bucket, e.getMessage());
      postpone(false);
      return null;
    }
  }

  private void postpone(boolean succeeded) {
    pauseNanos = succeeded ? 0 : Math.clamp(2 * pauseNanos, 10_000_000L, 250_000_000L);
    nextAttemptNanos = System.nanoTime() + pauseNanos;
  }

  /** Attaches; null when the bucket is missing. */
  private @Nullable Attachment attach(Deadline deadline) {
    @Nullable Attachment made = start.attach(inState, cursor, deadline);
    attachment = made;
    if (ended) {
      end();
    }
    if (made != null) {
      stateEnds = made.state() != null && made.state().isEmpty();
    }
    return made;
  }

  private void detach(Attachment known, String why) {
    LOG.debug("watch of bucket {} starts again at {}: {}", bucket, start.position(), why);
    attachment = null;
    start.keep(known.guard());
    known.feed().close();
  }

  /** Frees what it holds on the server; the next call attaches again. By any thread. */
  void detach() {
    Attachment known = attachment;
    if (known != null) {
      known.feed().close();
    }
  }

  /** Frees what it holds, for good: there will be nothing more. By any thread. */
  void end() {
    ended = true;
    detach();
  }

  /** Whether it could go on from where it is without telling anything twice. */
  boolean isLive() {
    return !inState;
  }

  /** What it is attached to; null when it is not. */
  @Nullable Attachment attachment() {
    return attachment;
  }

  /**
   * The bucket goes, and everything in it was told: from now on the next one of its name is meant.
   */
  void letGo() {
    start.letGo();
  }

  /** As soon as everything in line was read, the bucket is looked at anew. */
  void lookAgain() {
    lookAgain = true;
  }

  // --- what comes -------------------------------------------------------------------------------

  private @Nullable KvUpdate step(Attachment attached, long nanos) throws InterruptedException {
    if (stateEnds) {
      caughtUp(attached);
      return ready.poll();
    }
    try {
      signal(attached, nanos);
    } catch (Overtaken e) {
      throw start.lost(inState, cursor, String.valueOf(e.getMessage()));
    }
    return ready.poll();
  }

  private void signal(Attachment attached, long nanos) throws InterruptedException, Overtaken {
    long most = held == null ? SLICE_NANOS : HeldUpdate.PATIENCE_NANOS;
    switch (attached.feed().next(Math.min(nanos, most))) {
      case MESSAGE -> message(attached);
      case IDLE -> idle(attached);
      case NOTHING -> nothing(attached);
      case BROKEN -> detach(attached, attached.feed().brokenBecause());
    }
  }

  private void nothing(Attachment attached) throws Overtaken {
    emptyMillis = System.currentTimeMillis();
    attached.guard().nothing(attached.feed().holdUps());
    HeldUpdate waiting = held;
    if (waiting != null && waiting.waitedEnough()) {
      release(attached, true);
    }
    if (lookAgain) {
      lookAgain = false;
      detach(attached, "the bucket was dropped");
    }
  }

  private void message(Attachment attached) throws Overtaken {
    Message message = attached.feed().message();
    Delivery delivery = attached.feed().delivery();
    long sequence = delivery.streamSequence();
    @Nullable StateSync state = attached.state();
    boolean isNew = sequence > start.position();
    boolean isRepeated = (inState && state != null) ? state.isRepeated(sequence) : !isNew;
    if (isRepeated) {
      return;
    }
    @Nullable Headers headers = message.getHeaders();
    @Nullable String batch = headers == null ? null : headers.getFirst(StoredMessage.BATCH_ID);
    if (held != null && !held.isOf(batch)) {
      release(attached, true);
    }
    if (isNew) {
      start.checkMarkers(inState, cursor, sequence);
      attached
          .guard()
          .delivered(
              sequence,
              delivery.timeNanos() / 1_000_000,
              attached.feed().wasAtEnd(),
              attached.feed().holdUps());
      start.advance(sequence, delivery);
    }
    read(attached, message, delivery, batch);
    stateEnds = inState && state != null && state.isCompleteWith(sequence, delivery.pending());
  }

  private void read(
      Attachment attached, Message message, Delivery delivery, @Nullable String batch) {
    boolean endsBatch =
        batch != null && message.getHeaders().containsKey(StoredMessage.BATCH_COMMIT);
    byte @Nullable [] key = attached.stream().key(message.getSubject());
    if (key == null || !scope.matches(key)) {
      if (endsBatch) {
        release(attached, true);
      }
      return;
    }
    StoredMessage stored = StoredMessage.delivered(message, delivery);
    if (inState) {
      if (stored.isLive() || start.cameAfterBegin(stored.sequence)) {
        start.told();
        ready.add(Updates.of(attached.stream(), key, stored, null));
      }
      return;
    }
    release(attached, false);
    if (batch != null && !endsBatch) {
      held = new HeldUpdate(key, stored, batch, delivery.pending());
    } else {
      ready.add(Updates.of(attached.stream(), key, stored, cursorNow(attached)));
    }
  }

  /** Gives out what was held, with a cursor if it is the last of its batch. */
  private void release(Attachment attached, boolean isLast) {
    HeldUpdate waiting = held;
    if (waiting != null) {
      @Nullable WatchCursor behind = isLast ? cursorNow(attached) : null;
      ready.add(Updates.of(attached.stream(), waiting.key, waiting.stored, behind));
      held = null;
    }
  }

  /** The cursor behind what was read, if that is proven to be complete. */
  private @Nullable WatchCursor cursorNow(Attachment attached) {
    if (attached.guard().isProven()) {
      cursor = start.cursor(attached.stream());
      return cursor;
    }
    return null;
  }

  private void idle(Attachment attached) throws Overtaken {
    @Nullable StateSync state = attached.state();
    if (inState && state != null) {
      stateEnds = state.isCompleteWhenIdle();
      return;
    }
    RetentionGuard guard = attached.guard();
    guard.idle(attached.feed().holdUps());
    release(attached, true);
    start.knowsMarkersUntil(emptyMillis);
    if (ready.isEmpty() && guard.isProven() && cursor != null) {
      start.carryOn(guard.proven(), guard.provenMillis());
      cursor = start.cursor(attached.stream());
    }
  }

  private void caughtUp(Attachment attached) {
    try {
      attached.guard().prove(attached.feed().holdUps());
    } catch (Overtaken e) {
      throw start.lost(true, null, String.valueOf(e.getMessage()));
    }
    // Without an answer at the moment it is asked again.
    if (attached.guard().isProven()) {
      stateEnds = false;
      inState = false;
      WatchCursor first = start.cursor(attached.stream());
      cursor = first;
      ready.add(new KvUpdate.CaughtUp(first));
    }
  }
}
