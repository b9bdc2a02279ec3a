package dev.kvist.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.server.MainProcess;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every command on buckets of NATS, on an old server and on a current one. */
final class NatsCommandsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Those that have nothing to do with {@code --store}. */
  private static final List<String> OTHERS =
      List.of("log", "bench", "tour", "completion", "version");

  @TempDir private Path directory;

  private final TreeSet<String> seen = new TreeSet<>();
  private Shell shell = new Shell(Path.of(""), "");

  /** Runs a command; returns what it prints without its last line end. */
  private String does(int code, String... args) {
    seen.add(args[0]);
    assertEquals(code, shell.run(args), () -> Arrays.toString(args) + ": " + shell.err());
    return shell.out().stripTrailing();
  }

  private void refused(String why, String... args) {
    does(2, args);
    assertTrue(shell.err().contains(why), () -> Arrays.toString(args) + ": " + shell.err());
    assertEquals(1, shell.err().lines().count(), shell.err());
  }

  @ParameterizedTest
  @EnumSource
  void everyCommandWorksOrSaysWhyNot(NatsKind kind) throws IOException {
    try (NatsServer server = NatsServer.start(kind)) {
      shell = new Shell(directory, server.url());
      oneKey(kind == NatsKind.CURRENT);
      buckets();
      inAndOut(server);
      care();
      configured(server);
      seen.addAll(OTHERS);
      assertEquals(new TreeSet<>(Catalog.names()), seen);
    }
  }

  private void oneKey(boolean isCurrent) {
    does(1, "get", "demo", "a.b c");
    String version = does(0, "put", "demo", "a.b c", "\\xFFvalue");
    does(1, "put", "demo", "a.b c", "other", "--if-absent");
    does(0, "put", "demo", "a.b c", "next", "--if-version", version);
    does(1, "put", "demo", "a.b c", "other", "--if-version", version);
    assertEquals("next", does(0, "get", "demo", "a.b c"));
    does(0, "exists", "demo", "a.b c");
    does(1, "exists", "demo", "missing");
    assertEquals("none", does(0, "ttl", "demo", "a.b c"));
    if (isCurrent) {
      does(0, "put", "demo", "session", "alice", "--ttl", "1h");
      assertTrue(does(0, "ttl", "demo", "session").startsWith("59m"), shell.out());
      does(0, "touch", "demo", "session", "2h");
      assertTrue(does(0, "ttl", "demo", "session").startsWith("1h59m"), shell.out());
    } else {
      refused("needs nats-server 2.11", "put", "demo", "session", "alice", "--ttl", "1h");
      refused("needs nats-server 2.11", "touch", "demo", "a.b c", "1h");
      does(0, "put", "demo", "session", "alice");
    }
    does(0, "delete", "demo", "session");
    does(1, "delete", "demo", "session");
    does(0, "purge", "demo", "session");
  }

  private void buckets() {
    does(0, "put", "demo", "b", "2");
    assertEquals("a.b c", does(0, "keys", "demo", "a."));
    assertEquals(2, does(0, "scan", "demo").lines().count());
    assertTrue(does(0, "scan", "demo", "b").contains("\"value\":\"2\""), shell.out());
    List<String> told = does(0, "watch", "demo", "--limit", "2").lines().toList();
    assertEquals(2, told.size(), shell.out());
    assertTrue(told.getLast().contains("\"key\":\"b\""), shell.out());
    does(0, "put", "scratch", "k", "v");
    assertEquals("demo\nscratch", does(0, "buckets"));
    refused("would remove bucket scratch with 1 key", "drop", "scratch");
    does(0, "drop", "scratch", "--yes");
    does(1, "drop", "scratch", "--yes");
  }

  private void inAndOut(NatsServer server) throws IOException {
    String rows = does(0, "export", "demo", "--format", "tsv");
    assertEquals(2, rows.lines().count(), rows);
    Files.writeString(directory.resolve("rows.tsv"), rows + "\nthird\t3\n");
    does(0, "import", "again", "rows.tsv");
    assertEquals("3", does(0, "get", "again", "third"));
    String local = "simple:" + directory.resolve("copied");
    does(0, "copy", "--to", local);
    assertEquals(0, shell.runAsIs(List.of("--store", local, "get", "again", "third")));
    assertEquals("3", shell.out().stripTrailing());
    does(0, "drop", "again", "--yes");
    assertEquals(0, shell.runAsIs(List.of("copy", "--from", local, "--to", server.url(), "again")));
    assertEquals("3", does(0, "get", "again", "third"));
  }

  private void care() {
    assertTrue(does(0, "stats").contains("connected"), shell.out());
    refused("maintenance", "verify");
    refused("maintenance", "compact");
    refused("maintenance", "backup", "there");
    refused("repair", "repair");
  }

  private void configured(NatsServer server) throws IOException {
    Files.writeString(
        directory.resolve("kvist.yaml"), "nats:\n  urls: [\"" + server.url() + "\"]\n");
    assertEquals(0, shell.runAsIs(List.of("get", "demo", "b")), shell.err());
    assertEquals("2", shell.out());
  }

  /** Two processes that share nothing but the servers. */
  @ParameterizedTest
  @EnumSource
  void aWatchOfOneProcessShowsThePutOfAnother(NatsKind kind) throws Exception {
    try (NatsServer server = NatsServer.start(kind)) {
      run(server, "put", "demo", "a", "1");
      Process watch = start(server, "watch", "demo");
      try (BufferedReader lines = watch.inputReader(UTF_8)) {
        shows(lines, "\"key\":\"a\"");
        shows(lines, "caught_up");
        run(server, "put", "demo", "b", "2");
        shows(lines, "\"key\":\"b\",\"value\":\"2\"");
        run(server, "delete", "demo", "a");
        shows(lines, "\"op\":\"delete\",\"key\":\"a\"");
      } finally {
        watch.destroy();
      }
      assertEquals(128 + 15, end(watch));
    }
  }

  private static void shows(BufferedReader lines, String text) {
    String line =
        Waiting.result(
            PATIENCE, Waiting.start(Thread.ofPlatform().daemon(), () -> "" + lines.readLine()));
    assertTrue(line.contains(text), line);
  }

  private Process start(NatsServer server, String... args) throws IOException {
    var all = new ArrayList<String>(List.of("--store", server.url()));
    all.addAll(List.of(args));
    return new ProcessBuilder(MainProcess.command(all))
        .directory(directory.toFile())
        .redirectError(directory.resolve("err").toFile())
        .start();
  }

  private void run(NatsServer server, String... args) throws Exception {
    assertEquals(0, end(start(server, args)), Files.readString(directory.resolve("err")));
  }

  private static int end(Process process) throws InterruptedException {
    assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), "it does not end");
    return process.exitValue();
  }
}
