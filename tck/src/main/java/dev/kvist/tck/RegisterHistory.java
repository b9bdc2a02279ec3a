package dev.kvist.tck;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What several threads saw when they worked on one key, and whether one order of their calls
 * explains it all.
 *
 * <p>The key is a register whose values are numbers, each written once; 0 is "not live". The check
 * searches for an order that keeps the calls' real-time order, trying next only calls that began
 * before the first end among the rest (Wing and Gong), and never the same set with the same value
 * twice (Lowe). Safe for many threads while recording.
 */
public final class RegisterHistory {
  /** The value of a key that is not live. */
  public static final int ABSENT = 0;

  /** A call that did not tell its outcome: it may have happened, at any time, or never. */
  public static final int UNKNOWN = Integer.MIN_VALUE;

  /** What a call does. */
  public enum Kind {
    /** Reads; the result is the value. */
    GET,
    /** Writes {@code argument}, whatever is there. */
    PUT,
    /**
     * Writes {@code argument} when {@code expected} is there; the result is 1, or 0 when refused.
     */
    SWAP,
    /** Makes it absent; the result is 1 when a value was there, else 0. */
    DELETE
  }

  /** One call, from tick {@code begin} to tick {@code end}. */
  public record Call(Kind kind, int argument, int expected, int result, long begin, long end) {}

  private final AtomicLong ticks = new AtomicLong();
  private final List<Call> calls = new ArrayList<>();

  /** An empty history of an absent key. */
  public RegisterHistory() {}

  /**
   * Makes a call and records it.
   *
   * @param call returns the result as {@link Kind} tells, or {@link #UNKNOWN}
   */
  public int record(Kind kind, int argument, int expected, Callable<Integer> call)
      throws Exception {
    long begin = ticks.incrementAndGet();
    int result = call.call();
    long end = result == UNKNOWN ? Long.MAX_VALUE : ticks.incrementAndGet();
    add(new Call(kind, argument, expected, result, begin, end));
    return result;
  }

  /** Adds a call. At most 64 of them. */
  public synchronized void add(Call call) {
    if (calls.size() == Long.SIZE) {
      throw new IllegalStateException("a history holds at most " + Long.SIZE + " calls");
    }
    calls.add(call);
  }

  /** The calls so far, by their beginning. */
  public synchronized List<Call> calls() {
    return calls.stream().sorted(Comparator.comparingLong(Call::begin)).toList();
  }

  /** Whether there is an order of the calls that explains every result. */
  public boolean linearizable() {
    List<Call> sorted = calls();
    return search(sorted, 0, ABSENT, new HashSet<>());
  }

  private record Seen(long done, int value) {}

  private static boolean search(List<Call> calls, long done, int value, Set<Seen> tried) {
    long firstEnd = Long.MAX_VALUE;
    boolean all = true;
    for (int i = 0; i < calls.size(); i++) {
      if ((done & 1L << i) == 0) {
        firstEnd = Math.min(firstEnd, calls.get(i).end());
        all &= calls.get(i).result() == UNKNOWN;
      }
    }
    if (all) {
      return true;
    }
    if (!tried.add(new Seen(done, value))) {
      return false;
    }
    for (int i = 0; i < calls.size() && calls.get(i).begin() <= firstEnd; i++) {
      Call call = calls.get(i);
      if ((done & 1L << i) == 0
          && explains(call, value)
          && search(calls, done | 1L << i, after(call, value), tried)) {
        return true;
      }
    }
    return false;
  }

  private static boolean explains(Call call, int value) {
    return call.result() == UNKNOWN
        || switch (call.kind()) {
          case GET -> call.result() == value;
          case PUT -> true;
          case SWAP -> call.result() == (value == call.expected() ? 1 : 0);
          case DELETE -> call.result() == (value == ABSENT ? 0 : 1);
        };
  }

  private static int after(Call call, int value) {
    return switch (call.kind()) {
      case GET -> value;
      case PUT -> call.argument();
      case SWAP -> value == call.expected() ? call.argument() : value;
      case DELETE -> ABSENT;
    };
  }
}
