package dev.kvist.nats;

import io.nats.client.Connection;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The inboxes that no request uses now. For many threads. */
final class ReplyInboxes {
  private static final int MOST_IDLE = 256;

  private final Deque<ReplyInbox> idle = new ArrayDeque<>();
  private boolean closed;

  /** One of this connection. */
  ReplyInbox take(Connection connection) {
    @Nullable ReplyInbox last = last();
    while (last != null && !last.isUsableOn(connection)) {
      last.drop();
      last = last();
    }
    return last == null ? ReplyInbox.on(connection) : last;
  }

  private synchronized @Nullable ReplyInbox last() {
    return idle.pollLast();
  }

  /** Takes back one whose question has ended, with an answer or without. */
  void giveBack(ReplyInbox inbox) {
    if (!inbox.isKnown() || !keeps(inbox)) {
      inbox.drop();
    }
  }

  private synchronized boolean keeps(ReplyInbox inbox) {
    return !closed && idle.size() < MOST_IDLE && idle.add(inbox);
  }

  /** Unsubscribes, on a connection that goes on. */
  synchronized void close() {
    closed = true;
    idle.forEach(ReplyInbox::drop);
    idle.clear();
  }
}
