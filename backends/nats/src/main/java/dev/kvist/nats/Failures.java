package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;

/** What JetStream refused, in the words of the contract. */
final class Failures {
  private Failures() {}

  static KvException of(ApiError error, String bucket) {
    if (error.isFull()) {
      return new KvException.StoreFull(
          error.code() == ApiError.STREAM_FULL
              ? "bucket " + bucket
              : "JetStream (" + error.getMessage() + ")",
          -1,
          "delete or purge keys, raise its max_bytes or the server's limits, or let it discard old entries",
          error);
    }
    if (error.isOff()) {
      return new KvException.NotConnected(
          Effect.NONE, "JetStream is switched off: " + error.getMessage(), error);
    }
    if (error.isTransient()) {
      return new KvException.NotConnected(
          Effect.NONE,
          "bucket " + bucket + ": NATS could not do it in time: " + error.getMessage(),
          error);
    }
    if (error.code() == ApiError.NO_TTL) {
      return new KvException.Unsupported(
          "bucket " + bucket + " does not support ttl: its stream has no allow_msg_ttl");
    }
    return new KvException.IoFailed(
        Effect.NONE, "bucket " + bucket + ": NATS refused it: " + error.getMessage(), error);
  }
}
