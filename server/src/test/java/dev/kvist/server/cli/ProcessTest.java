package dev.kvist.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvist.KeyText;
import dev.kvist.Kvist;
import dev.kvist.server.MainProcess;
import dev.kvist.tck.Waiting;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands as processes of their own: pipes, signals, locales, and the tour. */
final class ProcessTest {
  private static final int LONGEST_SECONDS = 60;

  @TempDir private Path directory;

  private Process start(List<String> args) throws IOException {
    return launch(MainProcess.command(args));
  }

  private Process launch(List<String> command) throws IOException {
    var builder = new ProcessBuilder(command).directory(directory.toFile());
    // Most containers have no other.
    builder.environment().put("LC_ALL", "C");
    return builder.redirectError(directory.resolve("err").toFile()).start();
  }

  private int end(Process process) throws InterruptedException {
    assertTrue(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), "it does not end");
    return process.exitValue();
  }

  private String err() throws IOException {
    return Files.readString(directory.resolve("err"));
  }

  private String run(int code, String... args) throws IOException, InterruptedException {
    return output(code, start(List.of(args)));
  }

  /** Types a command line of {@code ./kvist} into a shell. */
  private String typed(String line) throws IOException, InterruptedException {
    String typed = line.strip();
    assertTrue(typed.startsWith("./kvist "), line);
    return output(0, launch(List.of("sh", "-c", kvist() + typed.substring("./kvist".length()))));
  }

  /** The command as a shell takes it. */
  private static String kvist() {
    return MainProcess.command(List.of()).stream()
        .map(word -> "'" + word + "'")
        .collect(Collectors.joining(" "));
  }

  private String output(int code, Process process) throws IOException, InterruptedException {
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(code, end(process), err());
    return out;
  }

  @Test
  void textIsKeptInALocaleWithoutIt() throws IOException, InterruptedException {
    run(0, "put", "demo", "grüße", "日本 🙂");
    assertEquals("日本 🙂", run(0, "get", "demo", "grüße"));
    assertEquals("grüße\n", run(0, "keys", "demo"));
    assertEquals("", err());
    assertTrue(Files.exists(directory.resolve("data/badger/CURRENT")), "the default place");
    run(1, "get", "demo", "tschüß");
    assertEquals("kvist: bucket demo has no key tschüß\n", err());
    assertTrue(run(0, "-v", "get", "demo", "grüße").startsWith("日本"));
    assertTrue(err().contains(" INFO "), err());
  }

  @Test
  void aReaderThatGoesAwayEndsIt() throws IOException, InterruptedException {
    var lines = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      lines.append("a key that is rather long ").append(i).append("\tits value\n");
    }
    Files.writeString(directory.resolve("rows.tsv"), lines);
    run(0, "import", "demo", "rows.tsv");
    Process keys = start(List.of("keys", "demo"));
    try (BufferedReader out = keys.inputReader(UTF_8)) {
      assertNotNull(out.readLine());
    }
    assertEquals(0, end(keys));
    assertEquals("", err());
  }

  /** On a terminal that is there for just this command. Its bar comes when a second is over. */
  @Test
  void aTerminalShowsHowFarAnImportIs() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script is not installed");
    String line = kvist() + " import demo - --format tsv < rows";
    assertEquals(0, launch(List.of("mkfifo", "rows")).waitFor());
    // What is shown goes to the file too, at once.
    Process terminal = launch(List.of("script", "-qefc", line, "screen"));
    Path screen = directory.resolve("screen");
    try (var rows = new FileOutputStream(directory.resolve("rows").toFile())) {
      Waiting.until(
          Duration.ofSeconds(LONGEST_SECONDS),
          "a bar",
          () -> {
            try {
              rows.write("a\t1\n".getBytes(UTF_8));
              return Files.readString(screen).contains(" lines  ");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
    output(0, terminal);
    assertTrue(Files.readString(screen).contains("\rkvist: imported "), Files.readString(screen));
    run(0, "get", "demo", "a");
  }

  @Test
  void aWatchEndsWhenToldToAndLeavesTheStoreClean() throws IOException, InterruptedException {
    run(0, "put", "demo", "a", "1");
    Process watch = start(List.of("watch", "demo"));
    try (BufferedReader out = watch.inputReader(UTF_8)) {
      assertTrue(String.valueOf(out.readLine()).contains("\"key\":\"a\""));
      assertTrue(String.valueOf(out.readLine()).contains("caught_up"));
      run(2, "put", "demo", "b", "2");
      assertTrue(err().contains("in use by process " + watch.pid()), err());
      watch.destroy();
      assertEquals(128 + 15, end(watch));
    }
    run(0, "-v", "get", "demo", "a");
    assertTrue(err().contains("closed cleanly"), err());
  }

  @Test
  void theTourWorksAndWorksAgain() throws IOException, InterruptedException {
    for (int round = 0; round < 2; round++) {
      String out = run(0, "tour");
      assertTrue(out.contains("killed it with kill -9"), out);
      assertTrue(out.contains("acknowledged lines are there"), out);
      assertTrue(out.contains("no damage"), out);
      List<String> suggested = out.lines().filter(line -> line.startsWith("   ./kvist ")).toList();
      assertEquals(3, suggested.size(), out);
      for (String line : suggested) {
        assertFalse(typed(line).isEmpty(), line);
      }
    }
  }

  @Test
  void whatTheTourSuggestsCanBeTypedWhateverTheKeyIs() throws IOException, InterruptedException {
    String key = "it's a \"key\" of $HOME; \\";
    String store = "simple:other?sync_writes=true&flush_interval=500ms";
    run(0, "--store", store, "put", "demo", KeyText.print(Kvist.utf8(key)), "its value");
    var source =
        new TourData.Source(
            "demo", "one key", "it's a ", List.of(new TourData.Pair(key, "its value")));
    List<String> suggested = Tour.suggestions(source, List.of("--store", store));
    assertEquals("its value", typed(suggested.get(0)));
    assertTrue(typed(suggested.get(1)).endsWith("\tits value\n"), suggested.get(1));
    typed(suggested.get(2));
    assertEquals("my value", run(0, "--store", store, "get", "demo", "my-key"));
  }

  @Test
  void theLastResortOfTheTourIsThere() throws IOException {
    assertTrue(TourData.classes().contains(new TourData.Pair("java.lang.String", "java.base")));
  }
}
