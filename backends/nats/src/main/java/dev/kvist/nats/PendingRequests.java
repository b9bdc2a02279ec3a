package dev.kvist.nats;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The requests under way, and what a server does not permit of them: it says so beside the answers,
 * and may be faster than the thread that asked. For many threads.
 */
final class PendingRequests implements Link.Listener {
  private static final int REMEMBERED = 64;

  private final Set<UnderWay> sent = ConcurrentHashMap.newKeySet();

  /** The last events: what a server does not permit, or that a connection broke. */
  private final Deque<Optional<String>> events = new ArrayDeque<>();

  private volatile long happened;

  /** How many events there were; a request was sent after those. */
  long happened() {
    return happened;
  }

  /**
   * Adds one.
   *
   * @param before the events before it was sent
   * @return it
   */
  <T extends UnderWay> T add(T request, long before) {
    sent.add(request);
    // Read after the add, as an event reads the requests after it has been noted.
    if (happened != before) {
      eventsSince(before).forEach(event -> tell(request, event));
    }
    return request;
  }

  private synchronized List<Optional<String>> eventsSince(long before) {
    int news = (int) Math.min(happened - before, events.size());
    return List.copyOf(events).subList(events.size() - news, events.size());
  }

  void remove(UnderWay request) {
    sent.remove(request);
  }

  /** How many wait for an answer. */
  int size() {
    return (int) sent.stream().filter(UnderWay::isAwaited).count();
  }

  /**
   * What a server said of publishing to a subject, lately; null when it said nothing. For subjects
   * that are used once: it may have been permitted since.
   */
  synchronized @Nullable String refusalOf(String subject) {
    for (Optional<String> event : events) {
      if (event.isPresent() && subject.equals(subjectOf(event.get()))) {
        return event.get();
      }
    }
    return null;
  }

  /** Ends the requests to a subject that a server does not permit. */
  void refuse(String error) {
    happened(Optional.of(error));
  }

  /** Ends the requests that a broken connection will not answer. */
  @Override
  public void lost() {
    happened(Optional.empty());
  }

  @Override
  public void restored() {
    // Those that were under way have ended.
  }

  private void happened(Optional<String> event) {
    synchronized (this) {
      events.add(event);
      if (events.size() > REMEMBERED) {
        events.remove();
      }
      happened++;
    }
    sent.forEach(request -> tell(request, event));
  }

  private static void tell(UnderWay request, Optional<String> event) {
    event.ifPresentOrElse(error -> refuse(request, error), request::lost);
  }

  private static void refuse(UnderWay request, String error) {
    @Nullable String subject = subjectOf(error);
    boolean isInbox = error.contains("Subscription");
    if (subject != null && (isInbox || request.isTo(subject))) {
      request.refuse(error);
    }
  }

  private static @Nullable String subjectOf(String error) {
    int begin = error.indexOf('"');
    int end = error.lastIndexOf('"');
    return begin < 0 || end <= begin ? null : error.substring(begin + 1, end);
  }
}
