package dev.kvist.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands on a store on disk, of each engine. */
@ParameterizedClass
@ValueSource(strings = {"simple", "rocksdb"})
final class StoreCommandsTest {
  private static final Pattern CURSOR = Pattern.compile("\"cursor\":\"([^\"]+)\"");

  @Parameter private String engine = "";
  @TempDir private Path directory;
  private Shell shell = new Shell(Path.of(""), "");
  private String store = "";

  @BeforeEach
  void open() {
    store = engine + ":" + directory.resolve("store");
    shell = new Shell(directory, store);
  }

  private String printed(String... args) {
    assertEquals(0, shell.run(args), shell.err());
    return shell.out();
  }

  @Test
  void whatIsPutStaysThere() {
    printed("put", "demo", "a\\x00", "\\xFF");
    printed("put", "demo", "b", "2", "--ttl", "1h");
    printed("put", "demo", "c", "ccccccccccccccccccccccccccccccc", "--compress");
    assertEquals("a\\x00\nb\nc\n", printed("keys", "demo"));
    assertEquals("ccccccccccccccccccccccccccccccc", printed("get", "demo", "c", "--compressed"));
    assertTrue(printed("ttl", "demo", "b").startsWith("59m"), shell.out());
    assertEquals("demo\n", printed("buckets"));
    printed("delete", "demo", "b");
    assertEquals(1, shell.run("get", "demo", "b"));
    printed("purge", "demo", "c");
    printed("compact");
    printed("verify");
    assertTrue(printed("stats", "--json").contains("\"entries"), shell.out());
    printed("drop", "demo", "--yes");
    assertEquals("", printed("buckets"));
  }

  @Test
  void versionsDecideAcrossProcessesOfTheStore() {
    String version = printed("put", "demo", "a", "1").strip();
    printed("put", "demo", "a", "2", "--if-version", version);
    assertEquals(1, shell.run("put", "demo", "a", "3", "--if-version", version));
    assertEquals(1, shell.run("put", "demo", "a", "3", "--if-absent"));
    assertEquals("2", printed("get", "demo", "a"));
  }

  @Test
  void aWatchResumesWhereItsCursorSays() {
    printed("put", "demo", "a", "1");
    String cursor = cursorOfNow();
    printed("put", "demo", "b", "2");
    printed("delete", "demo", "a");
    printed("put", "demo", "c", "3");
    List<String> changes =
        printed("watch", "demo", "--from", cursor, "--limit", "2").lines().toList();
    assertTrue(
        changes.get(0).startsWith("{\"op\":\"put\",\"key\":\"b\",\"value\":\"2\","),
        changes.toString());
    assertTrue(changes.get(1).startsWith("{\"op\":\"delete\",\"key\":\"a\","), changes.toString());
    Matcher next = CURSOR.matcher(changes.get(1));
    assertTrue(next.find(), changes.toString());
    String last = printed("watch", "demo", "--from", next.group(1), "--limit", "1");
    assertTrue(last.startsWith("{\"op\":\"put\",\"key\":\"c\",\"value\":\"3\","), last);
  }

  private String cursorOfNow() {
    try (var connection = Kvist.open(store);
        var watch =
            connection.store("demo").watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
      while (watch.cursor() == null) {
        watch.next();
      }
      return String.valueOf(watch.cursor());
    }
  }

  @Test
  void readingMakesNoStore() {
    for (List<String> command :
        List.of(
            List.of("get", "demo", "a"),
            List.of("keys", "demo"),
            List.of("buckets"),
            List.of("stats"),
            List.of("exists", "demo", "a"))) {
      shell.run(command.toArray(String[]::new));
      assertFalse(Files.exists(directory.resolve("store")), command.toString());
    }
  }

  @Test
  void whatCaresForAStoreNeedsOne() {
    for (List<String> command :
        List.of(
            List.of("verify"),
            List.of("compact"),
            List.of("stats"),
            List.of("backup", "copy"),
            List.of("log"),
            List.of("copy", "--to", "simple:" + directory.resolve("copy")))) {
      assertEquals(2, shell.run(command.toArray(String[]::new)), command.toString());
      assertTrue(shell.err().contains("there is no store in "), shell.err());
    }
    assertFalse(Files.exists(directory.resolve("store")));
    assertFalse(Files.exists(directory.resolve("copy")));
  }

  /** More than are looked at: what is said of all is an estimate. */
  @Test
  void theTopOfALargeStoreIsFromASample() throws IOException {
    var rows = new StringBuilder();
    for (int i = 0; i < 30_000; i++) {
      rows.append("{\"op\":\"put\",\"key\":\"")
          .append(i % 3 == 0 ? "a:" : "b:")
          .append(100_000 + i)
          .append("\",\"value\":\"12345\"}\n");
    }
    Path file = Files.writeString(directory.resolve("rows.jsonl"), rows.toString());
    printed("import", "demo", file.toString());
    printed("compact");
    String bySize = printed("stats", "--top", "2", "--by", "size", "--show-keys");
    assertTrue(bySize.matches("(13  demo  [ab]:\\d{6}\n){2}"), bySize);
    assertTrue(
        shell.err().contains("from a random sample of 10,000 of 30,000 entries: others may be"),
        shell.err());
    String byCount = printed("stats", "--top", "10", "--by", "count", "--show-keys");
    assertTrue(
        byCount.matches("[0-9]+,[0-9]{3} +demo +[ab]:\n *[0-9]+,[0-9]{3} +demo +[ab]:\n"), byCount);
    int all =
        byCount
            .lines()
            .mapToInt(line -> Integer.parseInt(line.strip().split(" ", 2)[0].replace(",", "")))
            .sum();
    assertTrue(Math.abs(all - 30_000) < 5, byCount);
    assertFalse(printed("stats", "--top", "3").contains("a:"), shell.out());
  }

  @Test
  void figuresThatAreZeroAreLeftOut() {
    printed("put", "demo", "a", "1");
    assertFalse(printed("stats").contains("conflicts"), shell.out());
    assertTrue(printed("stats").contains("volume.free.bytes"), shell.out());
    assertTrue(printed("stats", "--all").contains("conflicts"), shell.out());
    assertTrue(printed("stats", "--json").contains("\"conflicts\":0"), shell.out());
  }

  @Test
  void aBucketThatIsNotThereIsNamed() {
    printed("put", "demo", "a", "1");
    for (String command : List.of("keys", "scan", "export")) {
      assertEquals(1, shell.run(command, "dmeo"));
      assertEquals("kvist: there is no bucket dmeo\n", shell.err());
    }
    assertEquals("", printed("keys", "demo", "nothing"));
  }

  @Test
  void aScanGoesOnWhereItStoppedAndNowhereElse() {
    printed("put", "demo", "ann1", "1");
    printed("put", "demo", "bob1", "2");
    printed("keys", "demo", "--limit", "1");
    String position = shell.err().strip().replaceFirst(".*--after ", "");
    assertEquals("bob1\n", printed("keys", "demo", "--after", position));
    assertEquals(2, shell.run("keys", "demo", "--after", "ann1"));
    assertTrue(shell.err().contains("is no scan position"), shell.err());
  }

  @Test
  void aStoreInUseNamesItsOwner() {
    printed("put", "demo", "a", "1");
    try (var _ = Kvist.open(store)) {
      for (String command : List.of("keys", "export", "scan")) {
        assertEquals(2, shell.run(command, "demo"));
        assertTrue(
            shell.err().contains("(pid " + ProcessHandle.current().pid() + ")"), shell.err());
      }
    }
    printed("keys", "demo");
  }

  @Test
  void whatIsExportedIsImported() {
    var lines = new StringBuilder();
    for (int i = 0; i < 2000; i++) {
      lines.append("key").append(i % 1500).append("\\xFF\tvalue ").append(i).append('\n');
    }
    assertEquals(
        0, shell.in(lines.toString()).run("import", "from", "-", "--format", "tsv"), shell.err());
    assertTrue(shell.err().contains("imported 2,000, skipped 0"), shell.err());
    String exported = printed("export", "from");
    assertEquals(1500, exported.lines().count());
    assertEquals(0, shell.in(exported).run("import", "to", "-", "--format", "jsonl"), shell.err());
    String from = printed("scan", "from", "--format", "tsv");
    assertEquals(from, printed("scan", "to", "--format", "tsv"));
    assertTrue(from.contains("key0\\xFF\tvalue 1500\n"), "the last one wins");
  }

  @Test
  void theEntriesOfTheOnlyBucketNeedNoCounting() {
    printed("put", "demo", "a", "1");
    printed("put", "demo", "b", "2");
    try (Session session =
        Session.open(new Root(Console.ofProcess()), ConnectionOptions.parse(store))) {
      assertEquals(2, session.entries("demo"));
      session.store("other").writer().put(Kvist.utf8("a"), Kvist.utf8("1"));
      assertEquals(-1, session.entries("demo"), "those of both are counted together");
    }
  }

  @Test
  void copiesAreEqual() {
    printed("put", "demo", "a", "1", "--ttl", "1h");
    printed("put", "demo", "b", "bbbbbbbbbbbbbbbbbbbbb", "--compress");
    for (String other : List.of("simple", "rocksdb")) {
      String target = other + ":" + directory.resolve("target-" + other);
      String first = printed("copy", "--from", store, "--to", target);
      assertEquals(first, printed("copy", "--from", store, "--to", target));
      assertTrue(shell.err().contains("already there 2"), shell.err());
      assertEquals(first, printed("copy", "--from", target, "--to", "memory:"));
    }
    assertEquals(
        2,
        shell.run(
            "copy",
            "--from",
            engine + ":" + directory.resolve("nothing"),
            "--to",
            engine + ":" + directory.resolve("none")));
    assertFalse(Files.exists(directory.resolve("none")));
  }

  @Test
  void theLogOfADirectoryIsReadByItsEngine() {
    printed("put", "demo", "a", "1");
    for (String place : List.of("store", store)) {
      String log = printed("log", place);
      assertTrue(log.contains("\tput\tdemo\ta\t1\tok\n"), log);
    }
    assertEquals(2, shell.run("log", "."));
    assertTrue(shell.err().contains("holds no store"), shell.err());
    assertEquals(2, shell.run("log", "missing"));
    assertTrue(shell.err().contains("there is no directory"), shell.err());
  }

  @Test
  void aDirectoryOfTheOtherEngineIsRefusedWithItsUri() {
    printed("put", "demo", "a", "1");
    String other = engine.equals("simple") ? "rocksdb:" : "simple:";
    for (String command : List.of("get", "exists", "delete")) {
      assertEquals(
          2,
          shell.runAsIs(
              List.of("--store", other + directory.resolve("store"), command, "demo", "a")));
      assertTrue(shell.err().contains("Open it as " + store), shell.err());
    }
    assertEquals("1", printed("get", "demo", "a"));
  }

  @Test
  void theConfigurationChoosesTheStore() throws IOException {
    String section = engine.equals("simple") ? "simple_kv" : "badger";
    Files.writeString(directory.resolve("kvist.yaml"), section + ":\n  path: here\n");
    Files.writeString(directory.resolve("other.yaml"), section + ":\n  path: there\n");
    assertEquals(0, shell.runAsIs(List.of("put", "demo", "a", "1")), shell.err());
    assertTrue(Files.exists(directory.resolve("here/owner")));
    assertEquals(
        1, shell.runAsIs(List.of("--config", "other.yaml", "delete", "demo", "a")), shell.err());
    assertTrue(Files.exists(directory.resolve("there/owner")));
    assertEquals(0, shell.runAsIs(List.of("get", "demo", "a")), shell.err());
    assertEquals("1", shell.out());
    Files.writeString(directory.resolve("kvist.yaml"), section + ":\n  pahth: here\n");
    assertEquals(2, shell.runAsIs(List.of("get", "demo", "a")));
    assertEquals(1, shell.err().lines().count(), shell.err());
    assertTrue(shell.err().contains("path"), shell.err());
    assertEquals(2, shell.runAsIs(List.of("--config", "nothing.yaml", "get", "demo", "a")));
    assertTrue(shell.err().contains("nothing.yaml"), shell.err());
    assertEquals(1, shell.err().lines().count(), shell.err());
  }
}
