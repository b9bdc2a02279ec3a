package dev.kvist.nats;

import dev.kvist.nats.Requests.Sent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The requests under way, and what a server does not permit of them: it says so beside the answers,
 * and may be faster than the thread that asked. For many threads.
 */
final class PendingRequests {
  private static final int REMEMBERED = 64;

  private final Set<Sent> sent = ConcurrentHashMap.newKeySet();
  private final Deque<String> errors = new ArrayDeque<>();
  private long refusals;

  /** How often a server has refused something; what a request was sent after. */
  synchronized long refusals() {
    return refusals;
  }

  /**
   * Adds one.
   *
   * @param before the refusals before it was sent
   */
  void add(Sent request, long before) {
    sent.add(request);
    // Read after the add, as refuse reads the requests after it has noted an error.
    errorsSince(before).forEach(error -> refuse(request, error));
  }

  private synchronized List<String> errorsSince(long before) {
    int news = (int) Math.min(refusals - before, errors.size());
    return List.copyOf(errors).subList(errors.size() - news, errors.size());
  }

  void remove(Sent request) {
    sent.remove(request);
  }

  int size() {
    return sent.size();
  }

  /**
   * What a server said of publishing to a subject, lately; null when it said nothing. For subjects
   * that are used once: it may have been permitted since.
   */
  synchronized @Nullable String refusalOf(String subject) {
    for (String error : errors) {
      if (subject.equals(subjectOf(error))) {
        return error;
      }
    }
    return null;
  }

  /** Ends the requests to a subject that a server does not permit. */
  void refuse(String error) {
    synchronized (this) {
      refusals++;
      errors.add(error);
      if (errors.size() > REMEMBERED) {
        errors.remove();
      }
    }
    sent.forEach(request -> refuse(request, error));
  }

  private static void refuse(Sent request, String error) {
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
