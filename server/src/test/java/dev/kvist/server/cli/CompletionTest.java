package dev.kvist.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The completion scripts in the shells that they are for; one is skipped where there is none. */
final class CompletionTest {
  @TempDir private Path directory;

  /** Loads the completion into a shell, runs a line there, and returns what that prints. */
  private String run(String program, String line) throws IOException, InterruptedException {
    String path = String.valueOf(System.getenv("PATH"));
    boolean installed = false;
    for (String folder : path.split(":", -1)) {
      installed |= Files.isExecutable(Path.of(folder, program));
    }
    assumeTrue(installed, () -> program + " is not installed");
    var shell = new Shell(directory, "memory:");
    assertEquals(0, shell.runAsIs(List.of("completion", program)), shell.err());
    Path script = Files.writeString(directory.resolve("completion"), shell.out());
    var builder = new ProcessBuilder(program, "-c", "source " + script + "; " + line);
    builder.environment().put("HOME", directory.toString());
    Process process = builder.directory(directory.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), printed);
    return printed.strip();
  }

  private String bash(String... words) throws IOException, InterruptedException {
    String line =
        "COMP_WORDS=(" + String.join(" ", words) + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1));";
    return run("bash", line + " _kvist; echo \"${COMPREPLY[@]}\"");
  }

  @Test
  void bashCompletes() throws IOException, InterruptedException {
    assertEquals("put purge", bash("kvist", "pu"));
    assertEquals("--ttl", bash("kvist", "put", "--t"));
    assertEquals("jsonl csv tsv", bash("kvist", "import", "--format", "''"));
    assertEquals("put purge", bash("kvist", "help", "pu"));
    assertEquals("bash", bash("kvist", "completion", "b"));
    // As bash splits them.
    assertEquals("put purge", bash("kvist", "--store", "simple", ":", "data", "pu"));
    assertEquals("--ttl", bash("kvist", "--store", "simple", ":", "d?a", "=", "b", "put", "--t"));
  }

  @Test
  void fishCompletes() throws IOException, InterruptedException {
    assertEquals(
        "purge\nput", run("fish", "complete -C 'kvist pu' | string replace -r '\\t.*' ''"));
    assertEquals(
        "purge\nput",
        run("fish", "complete -C 'kvist --store simple:x pu' | string replace -r '\\t.*' ''"));
    assertTrue(run("fish", "complete -C 'kvist put --t'").startsWith("--ttl\t"));
    assertTrue(run("fish", "complete -C 'kvist --store simple:x put --t'").startsWith("--ttl\t"));
    assertEquals(
        "csv\njsonl\ntsv",
        run("fish", "complete -C 'kvist import --format ' | string replace -r '\\t.*' ''"));
    assertEquals("purge\nput", run("fish", "complete -C 'kvist help pu'"));
    assertEquals("bash\nfish\nzsh", run("fish", "complete -C 'kvist completion '"));
  }

  @Test
  void zshLoadsIt() throws IOException, InterruptedException {
    assertEquals("_bash_complete -o default -F _kvist", run("zsh", "print -r -- $_comps[kvist]"));
  }
}
