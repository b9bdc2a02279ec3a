package dev.kvist.nats;

import org.jspecify.annotations.Nullable;

/**
 * Where a delivered message lies, read from its reply subject.
 *
 * <pre>
 * $JS.ACK.STREAM.CONSUMER.DELIVERED.STREAM_SEQ.CONSUMER_SEQ.NANOS.PENDING
 * $JS.ACK.DOMAIN.ACCOUNT.STREAM.CONSUMER.DELIVERED.STREAM_SEQ.CONSUMER_SEQ.NANOS.PENDING[.TOKEN]
 * </pre>
 *
 * @param streamSequence in the stream
 * @param consumerSequence among what this consumer delivered, from 1
 * @param timeNanos when it was stored, since 1970
 * @param pending how many more match the consumer now
 */
record Delivery(long streamSequence, long consumerSequence, long timeNanos, long pending) {
  private static final String PREFIX = "$JS.ACK.";
  private static final int SHORT_DOTS = 8;
  private static final int LONG_DOTS = 10;
  private static final int NUMBERS = 4;

  /** Reads a reply subject; null when it is another one. */
  static @Nullable Delivery of(@Nullable String reply) {
    if (reply == null || !reply.startsWith(PREFIX)) {
      return null;
    }
    int dots = 0;
    for (int i = 0; i < reply.length(); i++) {
      dots += reply.charAt(i) == '.' ? 1 : 0;
    }
    // What comes after the numbers was added later, and more may be.
    int first = dots == SHORT_DOTS ? SHORT_DOTS - NUMBERS + 1 : LONG_DOTS - NUMBERS + 1;
    long[] numbers = new long[NUMBERS];
    int dot = 0;
    for (int i = 0; i < reply.length(); i++) {
      char c = reply.charAt(i);
      if (c == '.') {
        dot++;
      } else if (dot >= first && dot < first + NUMBERS) {
        numbers[dot - first] = numbers[dot - first] * 10 + (c - '0');
      }
    }
    return new Delivery(numbers[0], numbers[1], numbers[2], numbers[3]);
  }
}
