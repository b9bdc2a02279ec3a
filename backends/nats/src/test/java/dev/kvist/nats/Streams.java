package dev.kvist.nats;

import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.time.Instant;

/** Streams of tests that need no server. */
final class Streams {
  private Streams() {}

  static Stream named(String bucket, KeyCodec codec) {
    return new Stream(
        bucket,
        Versions.identity(1_700_000_000_000_000_000L),
        Instant.ofEpochSecond(1_700_000_000),
        codec,
        "$KV." + bucket + ".",
        1,
        false,
        Duration.ZERO,
        false,
        false,
        StreamConfiguration.builder().name("KV_" + bucket).build());
  }
}
