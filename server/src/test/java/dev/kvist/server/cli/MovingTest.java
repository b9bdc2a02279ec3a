package dev.kvist.server.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.server.rows.RowFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code import export copy}. */
final class MovingTest {
  @TempDir private Path directory;
  private Shell shell = new Shell(Path.of(""), "");
  private String store = "";

  @BeforeEach
  void open(TestInfo test) {
    store = "fake:" + test.getDisplayName().replaceAll("\\W", "") + directory.getFileName();
    shell = new Shell(directory, store);
  }

  private String printed(String... args) {
    assertEquals(0, shell.run(args), shell.err());
    return shell.out();
  }

  /** Keys and values that are hard for some format. */
  private void putHardOnes(boolean flags) {
    int n = 0;
    for (String bytes :
        List.of(
            "",
            " ",
            "a,b",
            "\"",
            "\"\"quoted\"",
            "\\x0A",
            "\\x0D\\x0A",
            "\\x09",
            "\\\\",
            "\\\\x09",
            "\\\\n",
            "\\x00",
            "\\xFF\\xFE",
            "\\xEF\\xBB\\xBFmark",
            "grüße 🙂",
            "\\xF0\\x9F",
            "{}",
            "#",
            "'",
            "\\x7F",
            "\\xC2\\x85",
            "\\xE2\\x80\\xA8")) {
      printed("put", "from", "k" + bytes, bytes);
      printed("put", "from", bytes + "k", "v" + n++);
    }
    if (flags) {
      printed("put", "from", "short", "lived", "--ttl", "1h");
      printed("put", "from", "packed", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "--compress");
    }
  }

  /** A bucket as JSON lines without versions, which a copy does not keep. */
  private String state(String bucket) {
    return printed("scan", bucket).replaceAll(",\"version\":\"[^\"]*\"", "");
  }

  @ParameterizedTest
  @EnumSource
  void whatIsExportedIsImportedByteForByte(RowFormat format) throws IOException {
    putHardOnes(format.keepsFlags());
    printed("export", "from", "--format", format.toString());
    byte[] exported = shell.outBytes();
    assertEquals(
        0, shell.in(exported).run("import", "to", "-", "--format", format.toString()), shell.err());
    assertEquals(state("from"), state("to"));
    assertEquals("", printed("export", "from", "file." + format));
    assertArrayEquals(exported, Files.readAllBytes(directory.resolve("file." + format)));
    printed("import", "again", "file." + format, "--strict");
    assertEquals(state("from"), state("again"));
    if (format.keepsFlags()) {
      assertTrue(state("to").contains("\"expires\":"));
      assertTrue(state("to").contains("\"compressed\":true"));
    }
  }

  @ParameterizedTest
  @CsvSource({"csv", "tsv"})
  void aHeaderIsWrittenAndPassedOver(String format) {
    printed("put", "from", "a", "1", "--ttl", "1h");
    printed("export", "from", "file." + format, "--header");
    assertTrue(shell.err().contains("1 of them has a deadline or is compressed"), shell.err());
    printed("import", "to", "file." + format, "--header");
    assertEquals("a\n", printed("keys", "to"));
    printed("import", "to", "file." + format);
    assertEquals("a\nkey\n", printed("keys", "to"));
    assertEquals(2, shell.run("import", "to", "file.jsonl", "--header"));
    assertEquals(2, shell.run("export", "from", "--header"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          jsonl | {"key":"a"}                              | has no 'value'
          jsonl | {"value":"a"}                            | has no 'key'
          jsonl | {"key":"","value":"a"}                   | empty key
          jsonl | {"key":"a","value":5}                    | no text in quotes
          jsonl | {"key":"a","vlaue":"b"}                  | did you mean 'value'?
          jsonl | {"key":"a","key64":"YQ==","value":"b"}   | both
          jsonl | {"key64":"!","value":"b"}                | base64
          jsonl | {"key":"a","value":"b","expires":"soon"} | no instant
          jsonl | {"key":"a","value":"b","compressed":1}   | neither true nor false
          jsonl | {"key":"a","value":"b","compressed":true} | no LZ4 pair
          jsonl | {"op":"get","key":"a","value":"b"}       | unknown 'op'
          jsonl | {"key":"\\ud800","value":"b"}            | surrogate
          jsonl | {"key":"a","value":"b"                   | not JSON
          jsonl | {"key":"a","value":"b"} {}               | behind its JSON object
          jsonl | ["a","b"]                                | no JSON object
          csv   | a                                        | has 1 column
          csv   | a,b,c                                    | has 3 columns
          csv   | ,b                                       | empty key
          csv   | a,b"c                                    | quote inside
          csv   | a,"b"c                                   | behind a closing quote
          tsv   | a                                        | no tab
          tsv   | a\tb\tc                                  | more than two columns
          tsv   | `\tb`                                    | empty key
          tsv   | a\tb\\q                                  | starts no escape
          tsv   | a\tb\\x0                                 | starts no escape
          """)
  void aBadLineIsReportedWithItsNumber(String format, String line, String why) {
    String good =
        switch (format) {
          case "jsonl" -> "{\"key\":\"good%d\",\"value\":\"1\"}\n";
          case "csv" -> "good%d,1\n";
          default -> "good%d\t1\n";
        };
    String text = good.formatted(1) + line + "\n" + good.formatted(2);
    assertEquals(1, shell.in(text).run("import", "to", "-", "--format", format));
    assertTrue(shell.err().contains("kvist: line 2 "), shell.err());
    assertTrue(shell.err().contains(why), shell.err());
    assertTrue(shell.err().contains("imported 2, skipped 1"), shell.err());
    assertEquals("good1\ngood2\n", printed("keys", "to"));
    assertEquals(2, shell.in(text).run("import", "strict", "-", "--format", format, "--strict"));
    assertEquals("good1\n", printed("keys", "strict"));
  }

  @Test
  void aQuoteThatIsNeverClosedEndsTheFile() {
    assertEquals(1, shell.in("a,1\nb,\"2\nc,3\n").run("import", "to", "-", "--format", "csv"));
    assertTrue(shell.err().contains("line 2 has a quote that is never closed"), shell.err());
    assertEquals("a\n", printed("keys", "to"));
  }

  @Test
  void manyBadLinesAreCounted() {
    assertEquals(1, shell.in("bad\n".repeat(1000)).run("import", "to", "-", "--format", "tsv"));
    assertTrue(shell.err().contains("imported 0, skipped 1,000"), shell.err());
    assertEquals(22, shell.err().lines().count());
  }

  @Test
  void aVeryLongLineIsPassedOver() {
    // The longest row of this store is about 18 KB; the line is far longer than any buffer.
    String text = "a\t1\n" + "x".repeat(1 << 21) + "\nb\t2\n";
    assertEquals(1, shell.in(text).run("import", "to", "-", "--format", "tsv"));
    assertTrue(shell.err().contains("line 2 is longer than "), shell.err());
    assertEquals("a\nb\n", printed("keys", "to"));
  }

  @Test
  void whatTheStoreRefusesIsReportedAndTheRestIsStored() {
    String text = "a\t1\nb\t" + "x".repeat(2001) + "\n" + "k".repeat(1025) + "\t3\nc\t4\n";
    assertEquals(1, shell.in(text).run("import", "to", "-", "--format", "tsv"));
    assertTrue(shell.err().contains("line 2 "), shell.err());
    assertTrue(shell.err().contains("line 3 "), shell.err());
    assertEquals("a\nc\n", printed("keys", "to"));
  }

  @Test
  void theLastOfARepeatedKeyWins() {
    for (String any : List.of(store, "fake:plain")) {
      var each = new Shell(directory, any);
      assertEquals(
          0,
          each.in("a\t1\nb\t1\na\t2\n".repeat(300) + "a\t3\n")
              .run("import", "to", "-", "--format", "tsv"));
      each.run("scan", "to", "--format", "tsv");
      assertEquals("a\t3\nb\t1\n", each.out());
    }
  }

  @Test
  void windowsLineEndsAndAMissingLastOneAreFine() {
    assertEquals(0, shell.in("\uFEFFa\t1\r\n\r\nb\t2").run("import", "to", "-", "--format", "tsv"));
    assertEquals("a\t1\nb\t2\n", printed("scan", "to", "--format", "tsv"));
    assertEquals(
        0, shell.in("\uFEFFc,1\n\nd,\"x\ny\"").run("import", "csv", "-", "--format", "csv"));
    assertEquals("c\t1\nd\tx\\ny\n", printed("scan", "csv", "--format", "tsv"));
    assertEquals(0, shell.in("").run("import", "to", "-", "--format", "jsonl"));
  }

  @Test
  void whyALineIsNoJsonIsSaidWithoutTheParsersAsides() {
    assertEquals(Cli.ABSENT, shell.in("{\"key\":\"a\"\n").run("import", "demo", "-"));
    assertEquals(
        "kvist: line 1 is not JSON at column 11: Unexpected end-of-input: expected close marker for"
            + " Object",
        shell.err().lines().findFirst().orElseThrow());
    shell.in("{\"key64\":\"YQ\",\"value\":\"1\"}\n").run("import", "demo", "-");
    assertEquals(
        "kvist: line 1 is not JSON at column 14: Unexpected end of base64-encoded String",
        shell.err().lines().findFirst().orElseThrow());
  }

  @Test
  void whatAWatchPrintsCanBeImported() {
    printed("put", "to", "old", "1");
    String text =
        """
        {"op":"put","key":"a","value":"1"}
        {"op":"caught_up","cursor":"AAAAAAAAAAAAAAAAAAAAAA"}
        {"op":"put","key":"b","value":"2","version":"AAAAAAAAAAAAAAAAAAAAAA"}
        {"op":"delete","key":"a","expired":false}
        {"op":"purge","key":"old"}
        {"op":"put","key":"gone","value":"1","expires":"2001-01-01T00:00:00Z"}
        """;
    assertEquals(0, shell.in(text).run("import", "to", "-", "--format", "jsonl"));
    assertTrue(shell.err().contains("imported 4, skipped 0 and 1 that had expired"), shell.err());
    assertEquals("b\n", printed("keys", "to"));
  }

  @Test
  void foreignPairsComeInChecked() {
    printed("put", "from", "a", "b".repeat(100), "--compress");
    printed("get", "from", "a");
    String pair = Base64.getEncoder().encodeToString(shell.outBytes());
    String text =
        "{\"key\":\"a\",\"value64\":\"" + pair + "\"}\n{\"key\":\"b\",\"value\":\"no pair\"}\n";
    assertEquals(1, shell.in(text).run("import", "to", "-", "--format", "jsonl", "--compressed"));
    assertTrue(shell.err().contains("line 2 has a value that is no LZ4 pair"), shell.err());
    assertEquals("b".repeat(100), printed("get", "to", "a", "--compressed"));
  }

  @Test
  void wrongFilesAndFormatsAreSaid() throws IOException {
    assertEquals(2, shell.run("import", "to", "nothing.csv"));
    assertTrue(shell.err().contains("nothing.csv"), shell.err());
    Files.writeString(directory.resolve("data.txt"), "a\t1\n");
    assertEquals(2, shell.run("import", "to", "data.txt"));
    assertTrue(shell.err().contains("add --format"), shell.err());
    assertEquals(1, shell.in("a\t1\n").run("import", "to", "-"), "as JSON lines");
    assertEquals(2, shell.run("import", "no/name", "data.txt", "--format", "tsv"));
    assertEquals(2, shell.run("import", "to", ".", "--format", "tsv"));
    assertFalse(shell.err().contains("\n\tat"), shell.err());
    assertEquals(1, shell.run("export", "nothing"));
    assertEquals(2, shell.run("export", "nothing", "data.txt"));
    assertEquals(
        2, new Shell(directory, "fake:full").run("import", "to", "data.txt", "--format", "tsv"));
  }

  @Test
  void anImportSaysHowFarItIs() {
    assertEquals(
        0,
        shell
            .in("a\t1\nb\t2\n".repeat(150))
            .run("import", "to", "-", "--format", "tsv", "--acknowledge"));
    List<Long> acknowledged = shell.out().lines().map(Long::valueOf).toList();
    assertEquals(acknowledged.stream().sorted().toList(), acknowledged);
    String keys = "";
    for (int i = 0; i < 250; i++) {
      keys += i + "\tv\n";
    }
    shell.in(keys).run("import", "to", "-", "--format", "tsv", "--acknowledge");
    assertEquals("100\n200\n", shell.out());
  }

  @Test
  void copyCarriesEverythingOver() {
    putHardOnes(true);
    printed("put", "second", "a", "1");
    String target = store + "target";
    String out = printed("copy", "--from", store, "--to", target);
    assertTrue(out.matches("from\t45\t[0-9a-f]{64}\nsecond\t1\t[0-9a-f]{64}\n"), out);
    assertTrue(shell.err().contains("from: copied 45, already there 0"), shell.err());
    String from = state("from");
    var other = new Shell(directory, target);
    other.run("scan", "from");
    assertEquals(from, other.out().replaceAll(",\"version\":\"[^\"]*\"", ""));
    printed("put", "second", "b", "2");
    other.run("put", "second", "only here", "3");
    assertEquals(
        out.lines().findFirst(),
        printed("copy", "--from", store, "--to", target).lines().findFirst());
    assertTrue(shell.err().contains("from: copied 0, already there 45"), shell.err());
    assertTrue(shell.err().contains("second: copied 1, already there 1"), shell.err());
    assertEquals(2, shell.run("copy", "--from", store, "--to", target, "nothing"));
    assertEquals(2, shell.run("copy", "--from", store + "missing", "--to", target));
    assertTrue(shell.err().contains("check its URI"), shell.err());
    printed("copy", "--from", store, "--to", target + "2", "second");
    other = new Shell(directory, target + "2");
    other.run("buckets");
    assertEquals("second\n", other.out());
  }

  /** What was written is read again, whatever the target said of it. */
  @Test
  void copyFindsWhatTheTargetDidNotKeep() {
    printed("put", "demo", "k", "value");
    assertEquals(2, shell.run("copy", "--from", store, "--to", "fake:faulty"));
    assertTrue(shell.err().contains("key k of bucket demo differs"), shell.err());
    assertEquals("", shell.out());
  }
}
