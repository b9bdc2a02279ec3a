package dev.kvist.bench.fleet;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.Nats;
import io.nats.client.api.PublishAck;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Writes entries of a bucket by messages, of which many wait for their answer at the same time, as
 * fast as a server takes them. For one thread.
 */
public final class Publisher implements AutoCloseable {
  /** So many wait at most. */
  private static final int WINDOW = 1_000;

  private final Connection connection;
  private final JetStream stream;
  private final String prefix;
  private final Queue<CompletableFuture<PublishAck>> waiting = new ArrayDeque<>();

  Publisher(Connection connection, String bucket) throws IOException {
    this.connection = connection;
    stream = connection.jetStream();
    prefix = "$KV." + bucket + ".";
  }

  /** One with a connection of its own. */
  public static Publisher connect(String url, String bucket)
      throws IOException, InterruptedException {
    return new Publisher(Nats.connect(url), bucket);
  }

  /** Publishes an entry, after the oldest that waits has its answer when too many do. */
  public void publish(byte[] key, byte[] value) throws ExecutionException, InterruptedException {
    if (waiting.size() == WINDOW) {
      waiting.remove().get();
    }
    waiting.add(stream.publishAsync(prefix + new String(key, StandardCharsets.US_ASCII), value));
  }

  /** Waits for all answers. */
  public void await() throws ExecutionException, InterruptedException {
    while (!waiting.isEmpty()) {
      waiting.remove().get();
    }
  }

  /** Closes the connection. */
  @Override
  public void close() throws InterruptedException {
    connection.close();
  }
}
