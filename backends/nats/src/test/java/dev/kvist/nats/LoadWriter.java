package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static dev.kvist.nats.WatchFixture.PATIENCE;

import dev.kvist.tck.Waiting;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Writes one new key after the other through all that happens to the servers, and keeps which were
 * acknowledged.
 */
final class LoadWriter {
  private final PlainClient client;
  private final String subjectPrefix;
  private final String keyPrefix;
  private final List<String> acknowledged = Collections.synchronizedList(new ArrayList<>());
  private final Set<String> unknown = Collections.synchronizedSet(new HashSet<>());
  private volatile boolean stopping;
  private @Nullable Future<?> writing;

  LoadWriter(PlainClient client, String bucket, String keyPrefix) {
    this.client = client;
    this.subjectPrefix = "$KV." + bucket + ".";
    this.keyPrefix = keyPrefix;
  }

  void start() {
    writing = Waiting.start(Thread.ofPlatform().daemon(), this::write);
  }

  private void write() throws IOException {
    JetStream stream = client.connection().jetStream();
    for (int i = 0; !stopping; i++) {
      String key = keyPrefix + i;
      try {
        stream.publish(subjectPrefix + key, utf8("v"));
        acknowledged.add(key);
      } catch (IOException | JetStreamApiException | IllegalStateException e) {
        unknown.add(key);
        LockSupport.parkNanos(5_000_000);
      }
    }
  }

  /** Waits until so many more were acknowledged. */
  void awaitMore(int count) {
    int enough = acknowledged.size() + count;
    Waiting.until(PATIENCE.multipliedBy(2), "more writes", () -> acknowledged.size() >= enough);
  }

  /** Stops; the keys that were acknowledged, in order. */
  List<String> stop() {
    stopping = true;
    if (writing != null) {
      Waiting.result(PATIENCE, writing);
    }
    return List.copyOf(acknowledged);
  }

  /** Whether the write of a key failed, so that it may be there or not. */
  boolean mayHaveStored(String key) {
    return unknown.contains(key);
  }
}
