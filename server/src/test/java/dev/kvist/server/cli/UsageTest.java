package dev.kvist.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is not typed right, what cannot be opened, and help. */
final class UsageTest {
  @TempDir private Path directory;

  private Shell shell(String store) {
    return new Shell(directory, store);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          gte demo a                      | did you mean get?
          set demo a 1                    | did you mean put?
          rm demo a                       | did you mean delete?
          ls demo                         | did you mean keys?
          exprot demo                     | did you mean export?
          foo                             | there is no command 'foo'; ./kvist --help lists them all
          frobnicate                      | there is no command 'frobnicate'
          put demo a 1 --tll 10s          | did you mean --ttl?
          put demo a 1 --if-abset         | did you mean --if-absent?
          nosuch://x                      | there is no command
          put demo a                      | VALUE is missing
          get                             | BUCKET and KEY are missing
          put demo                        | KEY and VALUE are missing
          get demo a b                    | 'b' is one argument too many
          put demo a -x                   | write -- before an argument
          keys demo --limit many          | --limit
          keys demo --limit 0             | limit
          keys demo --after ...           | scan position
          scan demo --format xml          | use jsonl, csv, tsv
          scan demo --format jsnl         | did you mean jsonl?
          watch demo --limit 0            | --limit
          watch demo --from here          | cursor
          log nowhere                     | nowhere
          log demo --limit 0              | --limit
          copy --from fake:x              | --to URI is missing
          copy --from fake:x --to fake:x  | same store
          copy --from fake:x --to oops    | scheme
          put demo a 1 --ttl               | --ttl needs a value: --ttl TIME
          put demo a 1 --ttl --if-absent   | --ttl needs a value: --ttl TIME
          put demo a 1 --ttl 1s --ttl=2s   | given twice
          put demo a 1 --if-absent=yes     | takes no value
          --Store fake:x keys demo         | there is no option --Store, did you mean --store?; see
          --limit 3 keys demo              | there is no option --limit; see ./kvist --help
          --config x 3 keys demo           | there is no command '3'
          completion csh                  | bash, zsh or fish
          """)
  void aMistakeIsShownInOneLine(String line, String part) {
    Shell shell = shell("fake:usage");
    assertEquals(2, shell.run(line.split(" ")), line);
    assertEquals(1, shell.err().lines().count(), shell.err());
    assertTrue(shell.err().contains(part), shell.err());
    assertEquals("", shell.out());
  }

  @Test
  void aStoreThatCannotBeOpenedSaysWhy() {
    Shell owned = shell("fake:owned");
    assertEquals(2, owned.run("get", "demo", "a"));
    assertTrue(owned.err().contains("in use by process 4242"), owned.err());
    Shell unknown = shell("nosuch:thing");
    assertEquals(2, unknown.run("get", "demo", "a"));
    assertTrue(unknown.err().contains("no backend for 'nosuch:'"), unknown.err());
    Shell full = shell("fake:full");
    assertEquals(2, full.run("put", "demo", "a", "1"));
    assertTrue(full.err().contains("free some space"), full.err());
  }

  @Test
  void anExportToAFullVolumeNamesTheFile() {
    assumeTrue(Files.exists(Path.of("/dev/full")));
    Shell shell = shell("fake:x");
    assertEquals(0, shell.run("put", "demo", "a", "1"));
    assertEquals(2, shell.run("export", "demo", "/dev/full", "--format", "csv"));
    assertTrue(shell.err().contains("/dev/full: No space left"), shell.err());
  }

  /** Once a command, and only where the configuration is what chooses the store. */
  @Test
  void sectionsOfPartsThatAreNotHereAreSaid() throws IOException {
    Path file = directory.resolve("kvist.yaml");
    Files.writeString(
        file,
        """
        store: fake:sections
        server: {port: 7070}
        elastic: {store: {enabled: true}}
        replicas: []
        gateway: {enabled: false}
        """);
    String line =
        "kvist: "
            + file
            + ": sections that nothing reads: server (there is no module of this name), elastic (it"
            + " is not part of this version), replicas (there is no module of this name)\n";
    Shell shell = shell("");
    assertEquals(0, shell.runAsIs(List.of("put", "demo", "a", "1")), shell.err());
    assertEquals(line, shell.err());
    assertEquals(0, shell.runAsIs(List.of("stats")));
    assertEquals(line, shell.err());
    assertEquals(0, shell.runAsIs(List.of("--store", "fake:sections", "get", "demo", "a")));
    assertEquals("", shell.err());
    Files.writeString(file, "store: fake:sections\nserver: {enabled: false}\n");
    assertEquals(0, shell.runAsIs(List.of("get", "demo", "a")), shell.err());
    assertEquals("", shell.err());
    Files.writeString(file, "store: fake:sections\nservers: {}\n");
    assertEquals(2, shell.runAsIs(List.of("get", "demo", "a")));
    assertTrue(shell.err().contains("did you mean server?"), shell.err());
  }

  @Test
  void verboseShowsTheTrace() {
    Shell shell = shell("fake:owned");
    shell.run("get", "demo", "a", "-v");
    assertTrue(shell.err().contains("\tat "), shell.err());
  }

  @Test
  void sharedOptionsComeBeforeOrAfterTheCommand() {
    Shell shell = shell("fake:order");
    assertEquals(0, shell.runAsIs(List.of("put", "demo", "a", "1", "--store=fake:order")));
    assertEquals(0, shell.runAsIs(List.of("--store=fake:order", "get", "demo", "a")));
    assertEquals("1", shell.out());
  }

  @Test
  void helpListsAndTeaches() {
    Shell shell = shell("fake:help");
    assertEquals(0, shell.runAsIs(List.of("--help")));
    for (String command : Catalog.names()) {
      assertTrue(shell.out().contains("\n  " + command + " "), command);
    }
    String overview = shell.out();
    assertEquals(0, shell.runAsIs(List.of("help")));
    assertEquals(overview, shell.out());
    assertEquals(0, shell.runAsIs(List.of("help", "--help")));
    assertEquals(overview, shell.out());
    assertEquals(2, shell.runAsIs(List.of()));
    assertEquals(overview, shell.err());
    assertEquals(0, shell.runAsIs(List.of("help", "put")));
    String put = shell.out();
    assertEquals(0, shell.runAsIs(List.of("put", "--help")));
    assertEquals(put, shell.out());
    assertTrue(put.contains("Usage: ./kvist put [OPTION...] BUCKET KEY VALUE"), put);
    assertFalse(overview.contains("warm-up"));
    assertEquals(2, shell.runAsIs(List.of("help", "putt")));
    assertEquals(2, shell.runAsIs(List.of("--stoer")));
    assertEquals(1, shell.err().lines().count(), shell.err());
  }

  @Test
  void aReaderThatGoesAwayIsNoError() {
    Shell shell = shell("fake:pipe");
    shell.run("put", "demo", "a", "1");
    var err = new ByteArrayOutputStream();
    for (List<String> command :
        List.of(List.of("keys", "demo"), List.of("watch", "demo"), List.of("export", "demo"))) {
      var args = new ArrayList<>(List.of("--store", "fake:pipe"));
      args.addAll(command);
      int code =
          Cli.run(
              args,
              new ByteArrayInputStream(new byte[0]),
              failing("Broken pipe"),
              new PrintStream(err, true, StandardCharsets.UTF_8));
      assertEquals(0, code, command.toString());
    }
    assertFalse(
        err.toString(StandardCharsets.UTF_8).contains("pipe"),
        err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void anOutputThatIsFullIsAnError() {
    var err = new ByteArrayOutputStream();
    int code =
        Cli.run(
            List.of("version"),
            new ByteArrayInputStream(new byte[0]),
            failing("No space left on device"),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    assertEquals(2, code);
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("No space left"));
  }

  private static OutputStream failing(String why) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException(why);
      }
    };
  }

  @Test
  void versionNamesAllThree() {
    Shell shell = shell("fake:version");
    for (String spelling : List.of("version", "--version")) {
      assertEquals(0, shell.runAsIs(List.of(spelling)));
      assertTrue(shell.out().matches("(?s)Kvist .+\nJava +\\d+.*\nOS +.+\n"), shell.out());
    }
  }

  @Test
  void benchSaysWhereItLives() {
    Shell shell = shell("fake:bench");
    assertEquals(2, shell.run("bench", "--entries", "5"));
    assertTrue(shell.err().contains("module bench"), shell.err());
  }

  @Test
  void completionKnowsEveryCommand() {
    Shell shell = shell("fake:completion");
    for (String name : List.of("bash", "zsh", "fish")) {
      assertEquals(0, shell.run("completion", name));
      for (String command : Catalog.names()) {
        assertTrue(shell.out().contains(command), name + " " + command);
      }
      assertTrue(shell.out().contains("if-absent"), name);
    }
  }

  /** Not the exit code of the JVM, which says that a key is absent, and no stack trace. */
  @ParameterizedTest
  @CsvSource({"huge, KVIST_JAVA_OPTS=-Xmx2g", "buggy, an error of Kvist's own"})
  void whatNothingCanGoOnAfterIsSaidInALine(String store, String said) {
    Shell shell = shell("fake:" + store);
    assertEquals(Cli.FAILED, shell.run("get", "demo", "a"));
    assertTrue(shell.err().contains(said), shell::err);
    assertEquals(1, shell.err().lines().count(), shell::err);
  }
}
