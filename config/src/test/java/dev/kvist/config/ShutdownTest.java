package dev.kvist.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.tck.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that runs modules, ended from outside. */
final class ShutdownTest {
  private static final int ENDED_BY_SIGTERM = 128 + 15;

  @TempDir private Path directory;

  @Test
  void sigtermStopsModulesWithEverythingFlushed() throws IOException, InterruptedException {
    Process child = child();
    child.destroy();
    assertTrue(child.waitFor(60, TimeUnit.SECONDS), "it did not end");
    assertEquals(ENDED_BY_SIGTERM, child.exitValue());
    assertEquals("default/written", Files.readString(directory.resolve("simple_kv/flushed")));
  }

  /** That the store of this test is really flushed by a stop, and by nothing before. */
  @Test
  void sigkillStopsNothing() throws IOException, InterruptedException {
    Process child = child();
    child.destroyForcibly();
    assertTrue(child.waitFor(60, TimeUnit.SECONDS), "it did not end");
    assertTrue(Files.isDirectory(directory.resolve("simple_kv")));
    assertFalse(Files.exists(directory.resolve("simple_kv/flushed")));
  }

  /** A child that has written. */
  private Process child() throws IOException {
    List<String> command =
        ChildJvm.command(List.of(), StoppedByTheSystem.class, List.of(directory.toString()));
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    BufferedReader output = child.inputReader();
    String printed =
        output.lines().takeWhile(line -> !line.startsWith("running")).collect(Collectors.joining());
    assertTrue(child.isAlive(), printed);
    return child;
  }
}
