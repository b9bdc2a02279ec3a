package dev.kvist.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the examples in the help of every command, one after the other, as a shell would. */
final class ExamplesTest {
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
  private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\(([^)]*)\\)");

  @TempDir private Path directory;
  private String store = "";

  static List<String> commands() {
    return Catalog.names();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void theyWork(String command) throws IOException {
    store = "fake:examples-" + command + directory.getFileName();
    var shell = new Shell(directory, store);
    assertEquals(0, shell.runAsIs(List.of(command, "--help")), shell.err());
    String help = shell.out();
    assertTrue(help.contains("Examples:\n  "), help);
    List<String> examples =
        help.substring(help.indexOf("Examples:\n") + "Examples:\n".length()).lines().toList();
    for (String example : examples) {
      assertTrue(example.startsWith("  "), help);
      // The tour works on real files and processes, and has a test of its own; benchmarks are not
      // on this class path.
      if (!command.equals("tour") && !command.equals("bench")) {
        runLine(example.strip());
      }
    }
  }

  private void runLine(String line) throws IOException {
    int choice = line.indexOf(" || ");
    String usual = choice < 0 ? line.split(" && ", -1)[0] : line.substring(0, choice);
    byte[] input = {};
    for (String stage : usual.split(" \\| ", -1)) {
      input = runStage(stage.strip(), input, choice < 0 ? 0 : 1);
    }
  }

  private byte[] runStage(String stage, byte[] input, int expected) throws IOException {
    String file = null;
    int redirect = stage.indexOf(" > ");
    if (redirect >= 0) {
      file = stage.substring(redirect + 3).strip();
      stage = stage.substring(0, redirect);
    }
    byte[] output = output(stage, input, expected);
    if (file != null) {
      Files.write(directory.resolve(file), output);
    }
    return output;
  }

  private byte[] output(String stage, byte[] input, int expected) {
    Matcher substitution = SUBSTITUTION.matcher(stage);
    if (substitution.find()) {
      String value = new String(output(substitution.group(1), input, 0), StandardCharsets.UTF_8);
      stage = substitution.replaceFirst(value.strip());
    }
    List<String> words = words(stage);
    String program = words.removeFirst();
    if (program.equals("echo")) {
      return (String.join(" ", words) + "\n").getBytes(StandardCharsets.UTF_8);
    }
    if (program.equals("printf")) {
      return words.getFirst().translateEscapes().getBytes(StandardCharsets.UTF_8);
    }
    assertEquals("./kvist", program, stage);
    // Stores of the examples become ones of this test.
    words.replaceAll(word ->
        word.matches("(rocksdb:)?data/badger")
            ? store
            : word.replaceFirst("^(simple|rocksdb):", "fake:"));
    var shell = new Shell(directory, store).in(input);
    int code =
        words.contains("--store") ? shell.runAsIs(words) : shell.run(words.toArray(String[]::new));
    assertEquals(expected, code, stage + ": " + shell.err());
    return shell.outBytes();
  }

  private static List<String> words(String stage) {
    var words = new ArrayList<String>();
    Matcher word = WORD.matcher(stage);
    while (word.find()) {
      words.add(word.group(1) != null ? word.group(1) : word.group(2));
    }
    return words;
  }
}
