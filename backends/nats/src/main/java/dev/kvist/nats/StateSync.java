package dev.kvist.nats;

/**
 * How far a consumer has come that delivers the last message of each subject and then what follows.
 * For one thread.
 *
 * <p>It is complete when the consumer has come to the end of the stream, for what is overwritten
 * meanwhile moves there. Servers say with each message how many follow, but count wrongly as long
 * as they deliver what there was at the beginning: some came to 0 with half of the keys still to
 * come. So before that number is believed, the server is asked for its last message in scope.
 */
final class StateSync {
  /** So few messages before the end, what follows is read rather than asked about again. */
  private static final long NEAR = 1_000;

  /** Asks for the sequence of the last message in scope. */
  @FunctionalInterface
  interface Question {
    /** Stands for no answer. */
    long UNKNOWN = -1;

    /** The sequence, 0 when there is no message, or {@link #UNKNOWN}. */
    long lastInScope();
  }

  private final Question question;
  private final long lastAtBegin;
  private final boolean isEmpty;
  private long newest;

  /** What was the last message in scope when the server was asked; 0 before. */
  private long target;

  private boolean targetIsEnd;

  /**
   * One that begins.
   *
   * @param lastAtBegin the last sequence of the stream before the consumer was made
   * @param isEmpty whether nothing was in scope after it was made
   */
  StateSync(Question question, long lastAtBegin, boolean isEmpty) {
    this.question = question;
    this.lastAtBegin = lastAtBegin;
    this.isEmpty = isEmpty;
  }

  /** Whether there is nothing to tell. */
  boolean isEmpty() {
    return isEmpty;
  }

  /** Whether a message was delivered before, as old servers do with some. */
  boolean isRepeated(long sequence) {
    return sequence <= newest;
  }

  /** Whether with this message everything was delivered. */
  boolean isCompleteWith(long sequence, long pending) {
    newest = sequence;
    if (targetIsEnd && sequence >= target) {
      return true;
    }
    return WatchRules.stateMayBeComplete(sequence, pending, target) && isAtEnd();
  }

  /** Whether everything was delivered when the server says that it has nothing more. */
  boolean isCompleteWhenIdle() {
    return isAtEnd();
  }

  private boolean isAtEnd() {
    long last = question.lastInScope();
    if (last == Question.UNKNOWN) {
      return false;
    }
    if (newest >= last) {
      return true;
    }
    target = last;
    // Behind what there was at the beginning, the number that follows is right.
    targetIsEnd = newest > lastAtBegin && last - newest <= NEAR;
    return false;
  }
}
