package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Version;
import dev.kvist.WatchCursor;
import dev.kvist.simple.Ledger.Change;
import dev.kvist.simple.Ledger.Kind;
import dev.kvist.simple.Ledger.Place;
import dev.kvist.tck.Bytes;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares what a watch of a whole bucket delivers with the changes behind some point. */
final class Follower {
  private final Ledger ledger;
  private final String bucket;
  private final int from;
  private int at;

  /** Behind the last change that was delivered, where the watch's cursor is. */
  private int delivered;

  private final Set<Change> expired = Collections.newSetFromMap(new IdentityHashMap<>());
  private @Nullable WatchCursor cursor;

  /**
   * @param from behind so many changes
   */
  Follower(Ledger ledger, String bucket, int from) {
    this.ledger = ledger;
    this.bucket = bucket;
    this.from = from;
    this.at = from;
    this.delivered = from;
  }

  /** How many changes lie before the watch's cursor. */
  int delivered() {
    return delivered;
  }

  /** Reads what there is and fails unless it is just what it should be. */
  void follow(KvWatch watch) {
    KvUpdate update;
    while ((update = watch.next(Duration.ZERO)) != null) {
      take(update);
    }
    for (int i = at; i < ledger.changes.size(); i++) {
      Change missing = ledger.changes.get(i);
      if (isOurs(missing) && !maySkip(missing)) {
        throw new AssertionError("a watch was not told of " + missing);
      }
    }
    at = ledger.changes.size();
  }

  /** Likewise; expects that each value whose time is over was reported, since a sweep is done. */
  void followSwept(KvWatch watch) {
    follow(watch);
    for (int i = from; i < ledger.changes.size(); i++) {
      Change change = ledger.changes.get(i);
      if (isOurs(change)
          && change.kind == Kind.PUT
          && change.deadline <= ledger.now
          && ledger.latest.get(change.place) == change
          && !change.mayBeLost
          && !expired.contains(change)) {
        throw new AssertionError("a watch was not told of the end of " + change);
      }
    }
  }

  private void take(KvUpdate update) {
    WatchCursor behind = update.cursor();
    if (behind != null) {
      if (cursor != null && cursor.compareTo(behind) >= 0) {
        throw new AssertionError("a cursor that does not grow: " + cursor + ", " + behind);
      }
      cursor = behind;
    }
    if (update instanceof KvUpdate.Delete end && end.expired()) {
      takeExpiry(end);
      return;
    }
    while (at < ledger.changes.size()) {
      Change expected = ledger.changes.get(at++);
      if (!isOurs(expected)) {
        continue;
      }
      if (is(expected, update)) {
        checkEndedBefore(expected);
        checkCursor(expected, update);
        delivered = at;
        return;
      }
      if (!maySkip(expected)) {
        throw new AssertionError("a watch delivered " + text(update) + " in place of " + expected);
      }
    }
    throw new AssertionError("a watch delivered more than there was: " + text(update));
  }

  private void takeExpiry(KvUpdate.Delete end) {
    Place place = new Place(bucket, Bytes.of(end.key()));
    Change ended = ended(place);
    if (ended == null) {
      skipTo(place);
      ended = ended(place);
    }
    if (ended == null) {
      throw new AssertionError("a watch delivered " + text(end) + ", and nothing ended");
    }
    delivered = Math.max(delivered, at);
    expired.add(ended);
  }

  /** The value that ended may have been erased since, and so not have been told of. */
  private void skipTo(Place place) {
    for (int i = at; i < ledger.changes.size(); i++) {
      Change change = ledger.changes.get(i);
      if (isOurs(change) && !maySkip(change)) {
        return;
      }
      if (change.place.equals(place) && change.kind == Kind.PUT && change.deadline <= ledger.now) {
        at = i + 1;
        return;
      }
    }
  }

  /**
   * The value of a key that is there no more since its time is over, and of whose end nothing was
   * told yet. What a crash may have taken may have been written over it, and its end is then told
   * anew, since that was lost as well.
   */
  private @Nullable Change ended(Place place) {
    for (int i = at - 1; i >= 0; i--) {
      Change change = ledger.changes.get(i);
      if (change.place.equals(place)) {
        if (change.kind == Kind.PUT && change.deadline <= ledger.now && !expired.contains(change)) {
          return change;
        }
        if (!change.mayBeLost) {
          return null;
        }
      }
    }
    return null;
  }

  /** A write over an expired value tells of its end first. */
  private void checkEndedBefore(Change change) {
    for (int i = at - 2; i >= from; i--) {
      Change earlier = ledger.changes.get(i);
      if (earlier.place.equals(change.place)) {
        if (earlier.kind == Kind.PUT
            && earlier.deadline <= change.madeAt
            && !maySkip(earlier)
            && !expired.contains(earlier)) {
          throw new AssertionError("a watch was not told of the end of " + earlier);
        }
        return;
      }
    }
  }

  private void checkCursor(Change change, KvUpdate update) {
    boolean more = false;
    for (int i = at; !ledger.changes.get(i - 1).last; i++) {
      more |= isOurs(ledger.changes.get(i)) && !maySkip(ledger.changes.get(i));
    }
    if (more && update.cursor() != null) {
      throw new AssertionError("a cursor within a batch: " + change);
    }
    if (change.last && update.cursor() == null) {
      throw new AssertionError("no cursor behind " + change);
    }
  }

  private boolean isOurs(Change change) {
    return change.place.bucket().equals(bucket);
  }

  /** What was purged later may have been erased from the log. */
  private boolean maySkip(Change change) {
    if (change.mayBeLost) {
      return true;
    }
    if (change.kind == Kind.PUT) {
      for (int i = ledger.changes.size() - 1; i >= 0 && ledger.changes.get(i) != change; i--) {
        Change later = ledger.changes.get(i);
        if (later.kind == Kind.PURGE && later.place.equals(change.place)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean is(Change change, KvUpdate update) {
    return switch (update) {
      case KvUpdate.Put put ->
          change.kind == Kind.PUT
              && change.place.key().equals(Bytes.of(put.key()))
              && isSame(change, put);
      case KvUpdate.Delete delete ->
          change.kind == Kind.DELETE
              && change.place.key().equals(Bytes.of(delete.key()))
              && isOf(change, delete.version());
      case KvUpdate.Purge purge ->
          change.kind == Kind.PURGE
              && change.place.key().equals(Bytes.of(purge.key()))
              && isOf(change, purge.version());
      case KvUpdate.CaughtUp _ -> false;
    };
  }

  /** Of two changes that look alike, and of which a crash took one, the epoch tells which. */
  private static boolean isOf(Change change, Version version) {
    return change.version == null ? change.epoch == version.high() : change.version.equals(version);
  }

  private static boolean isSame(Change change, KvUpdate.Put put) {
    return (change.version == null || change.version.equals(put.entry().version()))
        && change.value.equals(Bytes.of(put.value()))
        && change.deadline == put.entry().expiresMillis()
        && change.pair == put.entry().compressed();
  }

  static String text(KvUpdate update) {
    return switch (update) {
      case KvUpdate.Put put ->
          "Put "
              + Bytes.of(put.key())
              + " "
              + put.entry().version().high()
              + "."
              + put.entry().version().low();
      case KvUpdate.Delete delete ->
          (delete.expired() ? "Expire " : "Delete ")
              + Bytes.of(delete.key())
              + " "
              + delete.version().high()
              + "."
              + delete.version().low();
      case KvUpdate.Purge purge -> "Purge " + Bytes.of(purge.key());
      case KvUpdate.CaughtUp _ -> "CaughtUp";
    };
  }

  /** Resumes at a mark; returns whether that was possible. */
  static boolean resume(SimpleConnection connection, Ledger ledger, Ledger.Mark mark) {
    try (KvWatch watch =
        connection
            .store(mark.bucket())
            .watcher()
            .watch(dev.kvist.WatchScope.all(), dev.kvist.WatchOptions.from(mark.cursor()))) {
      Follower follower = new Follower(ledger, mark.bucket(), mark.at());
      if (mark.at() > ledger.changes.size()) {
        KvUpdate update = watch.next(Duration.ZERO);
        throw new AssertionError(
            "a cursor of a future that was lost could be resumed: " + mark + ", next " + update);
      }
      follower.follow(watch);
      return true;
    } catch (KvException.CursorExpired e) {
      return false;
    }
  }
}
