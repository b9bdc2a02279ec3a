package dev.kvist.nats;

/** JetStream refused a request; it had no effect. */
final class ApiError extends Exception {
  private static final long serialVersionUID = 1;

  /** A message is larger than the stream's limit. */
  static final int MESSAGE_TOO_LARGE = 10054;

  /** The last sequence of the subject is not the expected one. */
  static final int WRONG_LAST_SEQUENCE = 10071;

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

  /** Whether another attempt may succeed: there is no leader at the moment. */
  boolean isTransient() {
    return status == 503 && (code == 10008 || code == 10009 || code == 10004 || code == 10118);
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
