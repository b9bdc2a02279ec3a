package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.WatchScope;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes what a watch is attached to. Immutable. */
final class WatchOpening {
  /** A question of a watch under way is asked again rather than waited for. */
  private static final Duration PATIENCE = Duration.ofMillis(250);

  private final Watches watches;
  private final String bucket;
  private final WatchScope scope;

  WatchOpening(Watches watches, String bucket, WatchScope scope) {
    this.watches = watches;
    this.bucket = bucket;
    this.scope = scope;
  }

  /**
   * Makes a consumer and what goes with it.
   *
   * @param inState whether it begins with the last message of each key, and else behind the
   *     position
   * @param position the sequence up to which everything is known, stored at or after {@code millis}
   */
  Attachment open(
      Connection connection,
      long generation,
      StreamFigures now,
      boolean inState,
      long position,
      long millis,
      Deadline deadline) {
    Stream stream = now.stream();
    boolean several = connection.getServerInfo().isSameOrNewerThanVersion("2.10.0");
    List<String> filters = ScopeFilters.of(stream, scope, several);
    @Nullable Feed feed = null;
    try {
      long from = inState ? Feed.LAST_OF_EACH_SUBJECT : position + 1;
      feed = Feed.open(connection, watches.api(), stream, filters, from, deadline);
      @Nullable StateSync state =
          inState ? stateSync(stream, filters, now.last(), feed, deadline) : null;
      var guard = new RetentionGuard(source(stream), now, position, millis);
      return new Attachment(watches, stream, feed, guard, state, generation);
    } catch (ApiError e) {
      close(feed);
      if (e.code() == ApiError.STREAM_MISSING) {
        throw new KvException.NotConnected(
            KvException.Effect.NONE, "bucket " + bucket + " was deleted meanwhile", e);
      }
      throw Failures.of(e, bucket);
    } catch (RuntimeException e) {
      close(feed);
      throw e;
    }
  }

  private static void close(@Nullable Feed feed) {
    if (feed != null) {
      feed.close();
    }
  }

  private StateSync stateSync(
      Stream stream, List<String> filters, long last, Feed feed, Deadline deadline)
      throws ApiError {
    boolean isEmpty = !feed.hasSomething() && lastInScope(stream, filters, deadline) == 0;
    return new StateSync(
        () -> {
          try {
            return lastInScope(stream, filters, Deadline.in(PATIENCE));
          } catch (ApiError | KvException.NotConnected | KvException.Timeout e) {
            return StateSync.Question.UNKNOWN;
          }
        },
        last,
        isEmpty);
  }

  private long lastInScope(Stream stream, List<String> filters, Deadline deadline) throws ApiError {
    long last = 0;
    for (String filter : filters) {
      @Nullable StoredMessage message = watches.api().last(stream, filter, deadline);
      last = message == null ? last : Math.max(last, message.sequence);
    }
    return last;
  }

  private RetentionGuard.Source source(Stream stream) {
    BucketFigures shared = watches.figures(bucket);
    return new RetentionGuard.Source() {
      @Override
      public @Nullable StreamFigures askedSince(long nanos) {
        try {
          return ofStream(shared.askedSince(nanos, Deadline.in(PATIENCE)));
        } catch (KvException.NotConnected | KvException.Timeout e) {
          return null;
        }
      }

      @Override
      public @Nullable StreamFigures known() {
        return ofStream(shared.known());
      }

      @Override
      public boolean isOlderThan(long nanos) {
        return shared.isOlderThan(nanos);
      }

      // That the bucket was made anew shows elsewhere.
      private @Nullable StreamFigures ofStream(@Nullable StreamFigures figures) {
        return figures != null && figures.stream().identity() == stream.identity() ? figures : null;
      }
    };
  }
}
