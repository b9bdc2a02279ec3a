package dev.kvist.nats;

import dev.kvist.KeyRange;
import dev.kvist.KvException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drop of a bucket. A stream that is deleted tells its watchers nothing: so its keys are purged
 * first, and what watches it gets a moment to be told.
 */
final class Drop {
  private static final Logger LOG = LoggerFactory.getLogger(Drop.class);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Session session;
  private final NatsStore store;

  Drop(Session session, NatsStore store) {
    this.session = session;
    this.store = store;
  }

  /** Returns whether there was a bucket. */
  boolean run(Deadline deadline) {
    Stream stream = store.known().asked(deadline);
    if (stream == null) {
      return false;
    }
    Deadline end = deadline;
    try {
      if (!watchers(stream, deadline).isEmpty()) {
        for (byte[] key : store.keys(KeyRange.all())) {
          store.purge(key);
        }
        awaitWatchers(stream, Deadline.in(PATIENCE));
        // Each purge had a time of its own, and of many keys there is nothing left of this one.
        end = Deadline.in(deadline.whole());
        session.watches().letGo(stream);
      }
    } catch (ApiError e) {
      if (e.code() != ApiError.STREAM_MISSING) {
        throw Failures.of(e, stream.bucket());
      }
    }
    boolean existed = session.api().delete(stream.bucket(), end);
    session.watches().dropped(stream.bucket());
    store.known().forget();
    return existed;
  }

  private List<String> watchers(Stream stream, Deadline deadline) throws ApiError {
    return session.api().consumerNames(stream, deadline).stream()
        .filter(name -> !name.startsWith(ScanFeed.CONSUMER))
        .toList();
  }

  private void awaitWatchers(Stream stream, Deadline deadline) throws ApiError {
    try {
      while (isAnyPending(stream, watchers(stream, deadline), deadline) && deadline.pause()) {
        // They are told by what the server sends them.
      }
    } catch (KvException.Timeout | KvException.NotConnected e) {
      LOG.debug("bucket {}: dropped before all watches were told", stream.bucket(), e);
    }
  }

  private boolean isAnyPending(Stream stream, List<String> consumers, Deadline deadline)
      throws ApiError {
    for (String consumer : consumers) {
      try {
        if (session.api().consumer(stream, consumer, deadline).getNumPending() > 0) {
          return true;
        }
      } catch (ApiError e) {
        if (e.code() != ApiError.CONSUMER_MISSING) {
          throw e;
        }
      }
    }
    return false;
  }
}
