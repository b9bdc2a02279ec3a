package dev.kvist.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Types the commands of the documentation into a shell, in their order, on the real engine, and
 * compares what they print and how they end with what the document says.
 *
 * <p>In a block of {@code console} a line that begins with {@code $} is a command, what follows is
 * its output, in which {@code …} stands for anything; in one of {@code sh} each line is a command.
 * {@code # exit status N} behind a command says how it ends, if not with 0. A comment {@code <!--
 * test: … -->} is a command that readers do not see, such as one that does the damage of which the
 * text tells.
 */
final class DocumentedCommandsTest {
  private static final Pattern HIDDEN = Pattern.compile("<!-- test: (.*) -->");
  private static final Pattern STATUS = Pattern.compile("(.*?)\\s+# exit status (\\d+).*");
  private static final String END = "end of command";
  private static final int LONGEST_SECONDS = 300;

  private record Step(int line, String command, int status, List<String> output) {}

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"docs/operations.md, 30", "README.md, 10"})
  void everyCommandDoesWhatTheTextSays(String document, int least) throws Exception {
    List<Step> steps = read(Files.readAllLines(root().resolve(document)));
    assertTrue(steps.size() >= least, document + " has " + steps.size() + " commands");
    List<List<String>> outputs = run(steps);
    var wrong = new ArrayList<String>();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      List<String> output = i < outputs.size() ? outputs.get(i) : List.of("it was not reached");
      boolean right =
          output.getLast().equals(END + " " + step.status)
              && (step.output.isEmpty() || isPrinted(step.output, output));
      if (!right) {
        wrong.add(
            document + ":" + step.line + ": " + step.command + "\n" + String.join("\n", output));
      }
    }
    assertEquals(List.of(), wrong, () -> String.join("\n\n", wrong));
  }

  private static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("ARCHITECTURE.md"))) {
      at = Objects.requireNonNull(at.getParent());
    }
    return at;
  }

  private static List<Step> read(List<String> lines) {
    List<Step> steps = new ArrayList<>();
    String language = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      Matcher hidden = HIDDEN.matcher(line);
      if (line.startsWith("```")) {
        language = language.isEmpty() ? line.substring(3) + " " : "";
      } else if (language.isEmpty() && hidden.matches()) {
        steps.add(step(i, hidden.group(1)));
      } else if (language.equals("console ") && line.startsWith("$ ")) {
        steps.add(step(i, line.substring(2)));
      } else if (language.equals("console ")) {
        steps.getLast().output.add(line);
      } else if (language.equals("sh ") && !line.isBlank() && !line.startsWith("#")) {
        steps.add(step(i, line));
      }
    }
    return steps;
  }

  private static Step step(int index, String command) {
    Matcher status = STATUS.matcher(command);
    return status.matches()
        ? new Step(index + 1, status.group(1), Integer.parseInt(status.group(2)), new ArrayList<>())
        : new Step(index + 1, command, 0, new ArrayList<>());
  }

  /** What each command printed, with its exit status in a last line. */
  private List<List<String>> run(List<Step> steps) throws IOException, InterruptedException {
    Path kvist = directory.resolve("kvist");
    Files.writeString(kvist, program());
    assertTrue(kvist.toFile().setExecutable(true));
    var script = new StringBuilder();
    for (Step step : steps) {
      script.append(step.command).append('\n');
      script.append("printf '\\n").append(END).append(" %d\\n' $?\n");
    }
    Path file = Files.writeString(directory.resolve("script.sh"), script);
    Path out = directory.resolve("script.out");
    Process shell =
        new ProcessBuilder("bash", file.toString())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(out.toFile())
            .start();
    boolean ended = shell.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      shell.descendants().forEach(ProcessHandle::destroyForcibly);
      shell.destroyForcibly();
    }
    List<List<String>> outputs = new ArrayList<>(List.of(new ArrayList<>()));
    for (String line : Files.readString(out, UTF_8).lines().toList()) {
      outputs.getLast().add(line);
      if (line.startsWith(END)) {
        outputs.add(new ArrayList<>());
      }
    }
    outputs.removeLast();
    assertTrue(ended, () -> "it does not end; so far: " + outputs);
    return outputs;
  }

  /** A script in place of {@code ./kvist}. */
  private static String program() {
    return MainProcess.command(List.of()).stream()
        .collect(Collectors.joining("' '", "#!/bin/sh\nexec '", "' \"$@\"\n"));
  }

  private static boolean isPrinted(List<String> expected, List<String> lines) {
    List<String> printed = lines.subList(0, lines.size() - 1);
    // The line break before the end is the test's, unless the command printed none.
    if (!printed.isEmpty() && printed.getLast().isEmpty()) {
      printed = printed.subList(0, printed.size() - 1);
    }
    String pattern =
        expected.stream()
            .map(line -> line.equals("…") ? "(?:.*\n)*" : glob(line) + "\n")
            .collect(Collectors.joining());
    String text = printed.stream().map(line -> line + "\n").collect(Collectors.joining());
    return Pattern.compile(pattern).matcher(text).matches();
  }

  private static String glob(String line) {
    var pattern = new StringBuilder();
    for (String piece : line.split("…", -1)) {
      pattern.append(pattern.isEmpty() ? "" : ".*").append(Pattern.quote(piece));
    }
    return pattern.toString();
  }
}
