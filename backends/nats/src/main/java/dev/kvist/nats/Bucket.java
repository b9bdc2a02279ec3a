package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.StoreConfig;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bucket, and what is known of its stream. It is asked for once and again when something says
 * that it may be another one. For many threads.
 */
final class Bucket {
  private static final Logger LOG = LoggerFactory.getLogger(Bucket.class);

  private final String name;
  private final Api api;
  private final StreamPlan plan;
  private volatile @Nullable Stream known;

  Bucket(String name, Api api, StreamPlan plan) {
    this.name = name;
    this.api = api;
    this.plan = plan;
  }

  String name() {
    return name;
  }

  /** Its stream; null when it is missing. */
  @Nullable Stream stream(Deadline deadline) {
    @Nullable Stream now = known;
    return now == null ? asked(deadline) : now;
  }

  /** Its stream as the servers know it now; null when it is missing. */
  @Nullable Stream asked(Deadline deadline) {
    @Nullable StreamInfo info = api.stream(name, deadline);
    return learn(info);
  }

  private @Nullable Stream learn(@Nullable StreamInfo info) {
    @Nullable Stream now = info == null ? null : Stream.of(name, info);
    known = now;
    return now;
  }

  /** Its stream, made when it is missing. */
  Stream madeStream(Deadline deadline) {
    @Nullable Stream now = stream(deadline);
    while (now == null) {
      now = make(StoreConfig.DEFAULT, deadline);
    }
    return now;
  }

  /** The stream may be another one by now. */
  void forget() {
    known = null;
  }

  /** Makes it as asked, or compares what is there. */
  void define(StoreConfig config, boolean reconcile, Deadline deadline) {
    @Nullable Stream now = asked(deadline);
    if (now == null) {
      now = make(config, deadline);
    }
    if (now == null) {
      now = madeStream(deadline);
    }
    List<String> differences = plan.differences(now.config(), config);
    if (differences.isEmpty()) {
      return;
    }
    if (!reconcile) {
      LOG.warn("bucket {}: {}; reconcile=true changes it", name, String.join("; ", differences));
      return;
    }
    try {
      learn(api.update(plan.reconciled(name, now.config(), config), deadline));
      LOG.info("bucket {}: changed, as {}", name, String.join("; ", differences));
    } catch (ApiError e) {
      throw refused(e, config);
    }
  }

  /** How it differs from what is asked for; empty too when it is missing. */
  List<String> differences(StoreConfig config, Deadline deadline) {
    @Nullable Stream now = asked(deadline);
    return now == null ? List.of() : plan.differences(now.config(), config);
  }

  /** Null when another client made it meanwhile. */
  private @Nullable Stream make(StoreConfig config, Deadline deadline) {
    StreamConfiguration wanted = plan.of(name, config, System.currentTimeMillis());
    StreamInfo made;
    try {
      made = api.create(wanted, deadline);
    } catch (ApiError e) {
      if (e.code() == ApiError.STREAM_EXISTS) {
        return asked(deadline);
      }
      throw refused(e, config);
    }
    // A server drops silently what it does not know.
    List<String> ignored = plan.differences(made.getConfiguration(), config);
    if (!ignored.isEmpty() && made.getStreamState().getMsgCount() == 0) {
      api.delete(name, deadline);
      throw new KvException.Unsupported(
          "the NATS server does not honour it: " + String.join("; ", ignored));
    }
    LOG.info("bucket {}: made", name);
    return learn(made);
  }

  private KvException refused(ApiError error, StoreConfig config) {
    return switch (error.code()) {
      case 10074, 10005 ->
          new KvException.Unsupported(
              "replicas "
                  + config.replicas()
                  + " of bucket "
                  + name
                  + " need as many NATS servers with JetStream: "
                  + error.getMessage());
      case 10052 ->
          new KvException.Unsupported(
              "bucket " + name + " cannot be made so, or changed to that: " + error.getMessage());
      default -> Failures.of(error, name);
    };
  }

  /** What to throw for a bucket that exists but has nobody who serves it. */
  KvException leaderless(Exception cause) {
    return new KvException.NotConnected(
        Effect.NONE,
        "bucket " + name + " has no leader at the moment; nothing was written, try again later",
        cause);
  }
}
