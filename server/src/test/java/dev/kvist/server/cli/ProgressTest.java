package dev.kvist.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The progress bar of {@code import export copy}, by a clock that goes on by the same step each
 * time that it is read: when the work starts, and after every entry.
 */
final class ProgressTest {
  private static final long HALF_A_SECOND = 500_000_000L;

  /** What four entries draw, half a second each: the bar comes after the first whole second. */
  private static final List<String> BARS =
      List.of(
          "[############............]  50%  2 WHAT  2/s  1 s left",
          "[##################......]  75%  3 WHAT  2/s  1 s left",
          "[########################] 100%  4 WHAT  2/s  0 s left");

  @TempDir private Path directory;
  private Shell shell = new Shell(Path.of(""), "");

  /** A store without batches, so that every line counts at once. */
  private Shell plain() {
    return new Shell(directory, "fake:plain");
  }

  @BeforeEach
  void fourEntries() throws IOException {
    shell = new Shell(directory, "simple:" + directory.resolve("from"));
    Files.writeString(directory.resolve("rows.tsv"), "a\t1\nb\t2\nc\t3\nd\t4\n");
    assertEquals(0, shell.run("import", "slow", "rows.tsv"), shell.err());
  }

  /** All that a command puts on its line of the terminal, which is wiped in the end. */
  private static List<String> drawn(Shell shell, long stepNanos, String... args) {
    var now = new AtomicLong();
    shell.terminal = true;
    shell.nanoTime = () -> now.getAndAdd(stepNanos);
    assertEquals(0, shell.run(args), shell.err());
    String err = shell.err();
    List<String> drawn = List.of(err.substring(0, err.indexOf("kvist:")).split("\r", -1));
    if (drawn.size() == 1) {
      return drawn;
    }
    String last = drawn.get(drawn.size() - 3);
    assertEquals(
        List.of(" ".repeat(last.length()), ""), drawn.subList(drawn.size() - 2, drawn.size()));
    assertEquals("", drawn.getFirst());
    return drawn.subList(1, drawn.size() - 2);
  }

  private static List<String> bars(String what) {
    return BARS.stream().map(bar -> bar.replace("WHAT", what)).toList();
  }

  @Test
  void importShowsHowMuchOfTheFileIsRead() {
    assertEquals(bars("lines"), drawn(plain(), HALF_A_SECOND, "import", "slow", "rows.tsv"));
  }

  @Test
  void exportShowsHowManyOfTheEntriesAreWritten() {
    assertEquals(bars("entries"), drawn(shell, HALF_A_SECOND, "export", "slow", "out.csv"));
  }

  /** Where the data goes to the terminal too, a bar would come between its lines. */
  @Test
  void exportOntoTheTerminalDrawsNothing() {
    assertEquals(List.of(""), drawn(shell, HALF_A_SECOND, "export", "slow"));
  }

  @Test
  void copyShowsHowManyOfTheEntriesAreThere() {
    String from = "simple:" + directory.resolve("from");
    List<String> drawn =
        drawn(plain(), HALF_A_SECOND, "copy", "--from", from, "--to", "fake:plain");
    assertEquals(bars("entries of slow"), drawn);
  }

  /** How much there is to do is not known of a pipe, nor of one bucket among several. */
  @Test
  void withoutATotalThereIsNoBarAndNoRemainingTime() {
    Shell pipe = plain().in("a\t1\nb\t2\n");
    assertEquals(
        List.of("2 lines  2/s  8 bytes"),
        drawn(pipe, HALF_A_SECOND, "import", "slow", "-", "--format", "tsv"));
    assertEquals(0, shell.run("put", "another", "k", "v"), shell.err());
    assertEquals(
        List.of("2 entries  2/s  4 bytes", "3 entries  2/s  6 bytes", "4 entries  2/s  8 bytes"),
        drawn(shell, HALF_A_SECOND, "export", "slow", "out.csv"));
  }

  @Test
  void whatTakesNoSecondShowsNothing() {
    for (String file : List.of("in", "out")) {
      List<String> drawn =
          file.equals("in")
              ? drawn(plain(), 249_999_999, "import", "slow", "rows.tsv")
              : drawn(shell, 249_999_999, "export", "slow", "out.csv");
      assertEquals(List.of(""), drawn, file);
    }
  }

  @Test
  void itIsDrawnTenTimesASecondAtMost() throws IOException {
    Files.writeString(directory.resolve("more.tsv"), "a\t1\n".repeat(2_000));
    // From the first second to the end of the second one, both included.
    assertEquals(11, drawn(plain(), 1_000_000, "import", "slow", "more.tsv").size());
  }

  @ParameterizedTest
  @CsvSource({"import slow rows.tsv", "export slow out.csv", "copy --to fake:plain"})
  void whereNobodyLooksNothingIsDrawn(String line) {
    var now = new AtomicLong();
    shell.nanoTime = () -> now.getAndAdd(HALF_A_SECOND);
    assertEquals(0, shell.run(line.split(" ")), shell.err());
    assertFalse(shell.err().contains("\r"), shell.err());
  }

  /** A bad line is reported in the place of the bar, which then comes back below. */
  @Test
  void messagesDoNotRunIntoTheBar() throws IOException {
    Files.writeString(directory.resolve("bad.tsv"), "a\t1\nb\t2\nbad\nd\t4\n");
    var now = new AtomicLong();
    Shell plain = plain();
    plain.terminal = true;
    plain.nanoTime = () -> now.getAndAdd(HALF_A_SECOND);
    assertEquals(1, plain.run("import", "slow", "bad.tsv"));
    String half = "[############............]  50%  2 lines  2/s  1 s left";
    String whole = "[########################] 100%  3 lines  2/s  0 s left";
    List<String> lines = List.of(plain.err().split("\n"));
    assertTrue(lines.get(0).startsWith("\r" + half + wiped(half) + "kvist: line 3 "), lines.get(0));
    assertTrue(
        lines.get(1).startsWith("\r" + whole + wiped(whole) + "kvist: imported 3, skipped 1"),
        lines.get(1));
    assertEquals(2, lines.size());
  }

  private static String wiped(String text) {
    return "\r" + " ".repeat(text.length()) + "\r";
  }
}
