package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Kvist;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamState;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * A bucket on a server of its own, seen by our connection and by a plain client. For one thread.
 */
final class WatchFixture implements AutoCloseable {
  static final String BUCKET = "b";
  static final Duration PATIENCE = Duration.ofSeconds(20);

  final NatsServer server;
  final Connection connection;
  final PlainClient client;

  WatchFixture(NatsKind kind) {
    server = NatsServer.start(kind);
    connection = Kvist.open(ConnectionOptions.of("nats", "//" + server.address()));
    client = PlainClient.connect(server.url());
  }

  /** Makes the bucket as another client could: limits and all. */
  void make(UnaryOperator<StreamConfiguration.Builder> limits)
      throws IOException, JetStreamApiException {
    client
        .streams()
        .addStream(
            limits
                .apply(
                    StreamConfiguration.builder()
                        .name("KV_" + BUCKET)
                        .subjects("$KV." + BUCKET + ".>")
                        .maxMessagesPerSubject(1)
                        .allowRollup(true)
                        .denyDelete(true))
                .build());
  }

  /** Puts by the plain client, without waiting for each. */
  void put(String prefix, int from, int to) throws Exception {
    put(prefix, from, to, "");
  }

  /** The same with values of the number and this. */
  void put(String prefix, int from, int to, String rest) throws Exception {
    Waiting.until(PATIENCE, "the client, which may be about to connect again", client::answers);
    var acks = new ArrayList<CompletableFuture<?>>();
    for (int i = from; i < to; i++) {
      acks.add(
          client
              .connection()
              .jetStream()
              .publishAsync("$KV." + BUCKET + "." + prefix + i, utf8(i + rest)));
      if (acks.size() == 500) {
        await(acks);
      }
    }
    await(acks);
  }

  private static void await(List<CompletableFuture<?>> acks) throws Exception {
    for (var ack : acks) {
      ack.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    acks.clear();
  }

  KvWatch watch(WatchScope scope, WatchOptions options) {
    return connection.store(BUCKET).watcher().watch(scope, options);
  }

  /** The next update; fails the test when none comes. */
  static KvUpdate next(KvWatch watch) {
    KvUpdate update = watch.next(PATIENCE);
    if (update == null) {
      throw new AssertionError("no update came");
    }
    return update;
  }

  /** What comes before {@code CaughtUp}. */
  static List<KvUpdate> untilCaughtUp(KvWatch watch) {
    var updates = new ArrayList<KvUpdate>();
    for (KvUpdate update = next(watch);
        !(update instanceof KvUpdate.CaughtUp);
        update = next(watch)) {
      updates.add(update);
    }
    return updates;
  }

  /** Reads until the watch ends with this; fails the test when it does not in time. */
  static KvException.CursorExpired untilExpired(KvWatch watch) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (System.nanoTime() - end < 0) {
        watch.next(Duration.ofMillis(100));
      }
    } catch (KvException.CursorExpired e) {
      return e;
    }
    throw new AssertionError("the watch did not end");
  }

  /** The cursor of a watch; fails the test when there is none. */
  static WatchCursor cursor(KvWatch watch) {
    WatchCursor cursor = watch.cursor();
    if (cursor == null) {
      throw new AssertionError("no cursor");
    }
    return cursor;
  }

  /** How many consumers the stream has. */
  long consumers() {
    return state().getConsumerCount();
  }

  /** How many messages the stream has. */
  long messages() {
    return state().getMsgCount();
  }

  private StreamState state() {
    try {
      return client.streams().getStreamInfo("KV_" + BUCKET).getStreamState();
    } catch (IOException | JetStreamApiException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    client.close();
    connection.close();
    server.close();
  }
}
