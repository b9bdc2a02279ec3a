package dev.kvist.bench.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A server with JetStream of its own, at its defaults: on a free port of the loopback interface,
 * its files in a directory of the caller's. It ends with this process, whichever way that ends. For
 * one thread.
 */
public final class NatsServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int ATTEMPTS = 4;

  private final Process process;
  private final Process guard;
  private final int port;

  private NatsServer(Process process, Process guard, int port) {
    this.process = process;
    this.guard = guard;
    this.port = port;
  }

  /**
   * Starts one, and waits until it answers.
   *
   * @throws IOException when it does not, naming its log
   */
  public static NatsServer start(NatsProgram program, Path directory) throws IOException {
    Files.createDirectories(directory);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      NatsServer server = launch(program, directory);
      if (server.answers()) {
        return server;
      }
      // Somebody else took the port in between.
      server.close();
    }
    throw new IOException("nats-server did not start, see " + directory.resolve("server.log"));
  }

  private static NatsServer launch(NatsProgram program, Path directory) throws IOException {
    int port = freePort();
    Path file = directory.resolve("server.conf");
    Files.writeString(
        file,
        "host: 127.0.0.1\nport: "
            + port
            + "\njetstream { store_dir: \""
            + directory.resolve("data")
            + "\" }\n");
    Process process =
        new ProcessBuilder(program.path().toString(), "-c", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(directory.resolve("server.log").toFile()))
            .start();
    // Its input ends with this process, also when that is killed.
    Process guard =
        new ProcessBuilder("sh", "-c", "cat >/dev/null; kill -9 " + process.pid())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.DISCARD)
            .start();
    return new NatsServer(process, guard, port);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private boolean answers() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - end < 0 && process.isAlive()) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        socket.setSoTimeout(1_000);
        var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        @Nullable String line = reader.readLine();
        if (line != null && line.startsWith("INFO ") && line.contains("\"jetstream\":true")) {
          return true;
        }
      } catch (IOException e) {
        // It does not listen yet.
      }
      LockSupport.parkNanos(5_000_000);
    }
    return false;
  }

  /** Where clients connect. */
  public String url() {
    return "nats://127.0.0.1:" + port;
  }

  /** Drops a bucket with all that is in it, the same way whoever made it. */
  public void drop(String bucket) throws Exception {
    try (Connection connection = Nats.connect(url())) {
      connection.jetStreamManagement().deleteStream("KV_" + bucket);
    }
  }

  /** Ends it; its files stay. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } finally {
      guard.destroyForcibly();
    }
  }
}
