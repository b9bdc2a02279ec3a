package dev.kvist.nats;

/** JetStream refused a request; it had no effect. */
final class ApiError extends Exception {
  private static final long serialVersionUID = 1;

  /** Some message of a batch did not come, or was forgotten. */
  static final int INCOMPLETE_BATCH = 10176;

  /** A message is larger than the stream's limit. */
  static final int MESSAGE_TOO_LARGE = 10054;

  /** The last sequence of the subject is not the expected one. */
  static final int WRONG_LAST_SEQUENCE = 10071;

  /** The replicas have not agreed yet on another message of the subject, which came before. */
  static final int WRITE_UNDER_WAY = 10164;

  /** The stream has reached its limit, and refuses what is new. */
  static final int STREAM_FULL = 10077;

  static final int NO_MESSAGE = 10037;
  static final int STREAM_MISSING = 10059;
  static final int STREAM_EXISTS = 10058;
  static final int CONSUMER_MISSING = 10014;
  static final int NO_TTL = 10166;

  private final int status;
  private final int code;

  ApiError(int status, int code, String description) {
    super(description + " (JetStream error " + code + ")", null, false, false);
    this.status = status;
    this.code = code;
  }

  /** The detailed code, which says what happened. */
  int code() {
    return code;
  }

  /** Whether a condition did not hold, or may not when another write is stored. */
  boolean isConflict() {
    return code == WRONG_LAST_SEQUENCE || code == WRITE_UNDER_WAY;
  }

  /** Whether another attempt may succeed. */
  boolean isTransient() {
    return switch (code) {
      // There is no leader at the moment, or it is not ready.
      case 10004, 10008, 10009, 10118, 10163 -> status == 503;
      // Too many requests or batches at once, and a batch of which something did not come.
      case 10167, 10210, INCOMPLETE_BATCH -> true;
      default -> false;
    };
  }

  /** Whether there is no room in the stream, the account or on the servers. */
  boolean isFull() {
    return switch (code) {
      case STREAM_FULL, 10122, 10047, 10023, 10028, 10002 -> true;
      default -> false;
    };
  }

  /** Whether JetStream is off, for all or for this account. */
  boolean isOff() {
    return code == 10076 || code == 10039;
  }
}
