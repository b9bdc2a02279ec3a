package dev.kvist.tck.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.kvist.tck.Waiting;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real {@code nats-server} with JetStream, on a free port of the loopback interface and in a
 * temporary directory. It dies with the JVM of the test, whichever way that ends. For one thread.
 */
public final class NatsServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final NatsKind kind;
  private final String name;
  private final Path directory;
  private int port;
  private List<String> lines;
  private @Nullable Process process;
  private @Nullable Process guard;

  private NatsServer(NatsKind kind, String name, int port, Path directory, List<String> lines) {
    this.kind = kind;
    this.name = name;
    this.port = port;
    this.directory = directory;
    this.lines = lines;
  }

  /**
   * Starts one and waits until it answers.
   *
   * @param lines of its configuration, besides host, port and storage; with one of them about
   *     {@code jetstream} that is left to them
   */
  public static NatsServer start(NatsKind kind, String... lines) {
    NatsServer server = prepared(kind, "kvist-test", lines);
    server.start();
    return server;
  }

  /** One that is not started yet, as members of a cluster have to know the ports of each other. */
  public static NatsServer prepared(NatsKind kind, String name, String... lines) {
    kind.program();
    try {
      Path directory = Files.createTempDirectory("kvist-nats");
      return new NatsServer(kind, name, freePort(), directory, List.of(lines));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A port that nobody listens on. */
  public static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it again after a {@link #stop} or {@link #kill}, on the same port and directory. */
  public void start() {
    boolean first = guard == null;
    for (int attempt = 0; ; attempt++) {
      launch();
      if (answers()) {
        return;
      }
      // Somebody else took the port in between; later it is the one that clients know.
      if (!first || attempt == 3) {
        throw new AssertionError("nats-server did not start:\n" + log());
      }
      kill();
      port = freePort();
    }
  }

  /** What to start with from now on, in place of the lines so far. */
  public void configure(String... lines) {
    this.lines = List.of(lines);
  }

  private void launch() {
    try {
      Path file = directory.resolve("server.conf");
      Files.writeString(file, configuration());
      Process started =
          new ProcessBuilder(kind.program().toString(), "-c", file.toString())
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(directory.resolve("server.log").toFile()))
              .start();
      process = started;
      // Its input ends with this JVM, also with a killed one.
      guard =
          new ProcessBuilder("sh", "-c", "cat >/dev/null; kill -9 " + started.pid())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String configuration() {
    var text = new StringBuilder();
    text.append("host: 127.0.0.1\nport: ").append(port).append('\n');
    text.append("server_name: ").append(name).append('\n');
    if (lines.stream().noneMatch(line -> line.startsWith("jetstream"))) {
      text.append("jetstream { store_dir: \"").append(directory.resolve("data")).append("\" }\n");
    }
    lines.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }

  /** Whether it says within its time what it is; it does so before any encryption or login. */
  private boolean answers() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - end < 0 && running().isAlive()) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        socket.setSoTimeout(1_000);
        var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        String line = reader.readLine();
        if (line != null && line.startsWith("INFO ") && line.contains("\"" + name + "\"")) {
          return true;
        }
      } catch (IOException e) {
        java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
      }
    }
    return false;
  }

  private Process running() {
    Process started = process;
    if (started == null) {
      throw new IllegalStateException("the server is not running");
    }
    return started;
  }

  /** Its name, as cluster information has it. */
  public String name() {
    return name;
  }

  /** Where clients connect. */
  public int port() {
    return port;
  }

  /** Host and port. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** The URL for clients. */
  public String url() {
    return "nats://" + address();
  }

  /** Its files: {@code server.conf}, {@code server.log}, {@code data}. */
  public Path directory() {
    return directory;
  }

  /** Which of the two it is. */
  public NatsKind kind() {
    return kind;
  }

  /** What it logged. */
  public String log() {
    try {
      return Files.readString(directory.resolve("server.log"));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }

  /** Ends it in an orderly way. */
  public void stop() {
    running().destroy();
    ended();
  }

  /** Kills it: {@code kill -9}. */
  public void kill() {
    running().destroyForcibly();
    ended();
  }

  private void ended() {
    Process ending = running();
    try {
      if (!ending.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        ending.destroyForcibly();
        throw new AssertionError("nats-server did not end:\n" + log());
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      Process watching = guard;
      if (watching != null) {
        watching.destroyForcibly();
      }
      process = null;
    }
  }

  /** Stops it in its tracks, until {@link #proceed}: connections stay open and nothing answers. */
  public void pause() {
    signal("STOP");
    // Each of its threads stops by itself, and may answer something before.
    Waiting.until(PATIENCE, "all threads of nats-server to stop", this::isStopped);
  }

  private boolean isStopped() {
    try (var threads = Files.list(Path.of("/proc", "" + running().pid(), "task"))) {
      for (Path thread : threads.toList()) {
        String stat = Files.readString(thread.resolve("stat"));
        // The state comes behind the name.
        if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      // One of them has ended.
      return false;
    }
  }

  /** Lets it go on after {@link #pause}. */
  public void proceed() {
    signal("CONT");
  }

  /** Has it send its clients elsewhere; it ends by itself later. */
  public void lameDuck() {
    signal("USR2");
  }

  /** Has it read its configuration again, with other lines. */
  public void reload(String... lines) {
    configure(lines);
    try {
      Files.writeString(directory.resolve("server.conf"), configuration());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int reloads = reloads();
    signal("HUP");
    Waiting.until(PATIENCE, "a reload", () -> reloads() > reloads);
  }

  private int reloads() {
    return log().split("Reloaded server configuration", -1).length;
  }

  private void signal(String signal) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + signal, "" + running().pid()).start();
      if (kill.waitFor() != 0) {
        throw new AssertionError("no signal " + signal + " to nats-server");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Whether its process is there. */
  public boolean isRunning() {
    Process started = process;
    return started != null && started.isAlive();
  }

  /** Kills it if it still runs, and deletes its directory. */
  @Override
  public void close() {
    if (process != null) {
      kill();
    }
    try (var paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
