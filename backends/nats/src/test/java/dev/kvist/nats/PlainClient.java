package dev.kvist.nats;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;

/** A client of a test beside the backend: it looks at streams, or does what other programs do. */
final class PlainClient implements AutoCloseable {
  private final Connection connection;

  private PlainClient(Connection connection) {
    this.connection = connection;
  }

  /** Connects to one of several servers, and reconnects for ever. */
  static PlainClient connect(String urls) {
    try {
      return new PlainClient(
          Nats.connect(
              Options.builder()
                  .servers(urls.split(",", -1))
                  .maxReconnects(-1)
                  .reconnectWait(Duration.ofMillis(50))
                  .reconnectBufferSize(0)
                  .connectionTimeout(Duration.ofSeconds(1))
                  .errorListener(new ErrorListener() {})
                  .build()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The library's connection. */
  Connection connection() {
    return connection;
  }

  /** What makes, changes and shows streams. */
  JetStreamManagement streams() throws IOException {
    return connection.jetStreamManagement();
  }

  /** Whether JetStream answers. */
  boolean answers() {
    try {
      streams().getAccountStatistics();
      return true;
    } catch (IOException | JetStreamApiException | IllegalStateException e) {
      return false;
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
