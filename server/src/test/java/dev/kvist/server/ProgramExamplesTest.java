package dev.kvist.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.tck.ChildJvm;
import dev.kvist.tck.ReferenceExamples;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs of {@code docs/examples}, run as their comments say, on each engine. */
final class ProgramExamplesTest {
  private static final Path EXAMPLES = Path.of("..", "docs", "examples").toAbsolutePath();

  private static final String LOCAL_URI = "rocksdb:data/hello";
  private static final String FLEET_URI = "nats://127.0.0.1:4222";

  @TempDir private Path temporary = Path.of("");

  private String run(String program, String argument) throws IOException {
    List<String> command =
        ChildJvm.command(
            List.of("-Xmx64m", "--enable-native-access=ALL-UNNAMED"),
            EXAMPLES.resolve(program),
            List.of(argument));
    return ChildJvm.run(command, temporary).replace(System.lineSeparator(), "\n");
  }

  private String uri(String engine) {
    return engine.equals("memory:") ? engine : engine + temporary.resolve("data");
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory:", "simple:", "rocksdb:"})
  void theCompleteExample(String engine) throws IOException {
    Path configuration =
        Files.writeString(temporary.resolve("kvist.yaml"), "store: '" + uri(engine) + "'\n");
    completeExample(configuration);
  }

  @Test
  void theCompleteExampleWithItsConfiguration() throws IOException {
    completeExample(EXAMPLES.resolve("complete.yaml"));
    assertTrue(Files.exists(temporary.resolve("data/badger/CURRENT")));
  }

  @Test
  void theCompleteExampleSaysHowItIsCalled() throws Exception {
    List<String> command =
        ChildJvm.command(List.of("-Xmx64m"), EXAMPLES.resolve("CompleteExample.java"), List.of());
    Process process =
        new ProcessBuilder(command).directory(temporary.toFile()).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(2, process.waitFor(), printed);
    assertEquals("usage: ", printed.substring(0, 7), printed);
  }

  private void completeExample(Path configuration) throws IOException {
    for (int i = 0; i < 2; i++) {
      assertEquals(
          ReferenceExamples.COMPLETE_OUTPUT,
          run("CompleteExample.java", configuration.toString()),
          "run " + i);
    }
  }

  /** The pieces of Java that the README shows, in their order. */
  private static List<String> piecesOfTheReadme() throws IOException {
    String readme = Files.readString(EXAMPLES.resolve("../../README.md"));
    return Arrays.stream(readme.split("```java\n", -1))
        .skip(1)
        .map(piece -> piece.split("```", 2)[0])
        .toList();
  }

  /** Runs one twice: the second time over what the first left. */
  private void prints(String expected, String program) throws IOException {
    Path file = Files.writeString(temporary.resolve("Hello.java"), program);
    for (int i = 0; i < 2; i++) {
      assertEquals(expected, run(file.toString(), ""), "run " + i);
    }
  }

  @Test
  void theProgramOfTheReadme() throws IOException {
    prints("alice is logged in\nalice is now away\n", piecesOfTheReadme().getFirst());
  }

  @Test
  void theSameFiveLinesOnAMachineAndOnAFleet() throws IOException {
    String local = piecesOfTheReadme().get(1);
    String fleet = piecesOfTheReadme().get(2);
    assertEquals(fleet, local.replace(LOCAL_URI, FLEET_URI), "but for the URI they are the same");
    prints("10.0.0.8\n", whole(local));
    try (NatsServer server = NatsServer.start(NatsKind.CURRENT)) {
      prints("10.0.0.8\n", whole(fleet.replace(FLEET_URI, server.url())));
    }
  }

  private static String whole(String piece) {
    return "import static dev.kvist.Kvist.utf8;\n\nimport dev.kvist.*;\n\nvoid main() {\n%s}\n"
        .formatted(piece);
  }

  @Test
  void theUseCasesInMemory() throws IOException {
    for (int i = 0; i < 2; i++) {
      assertEquals(useCases("none", false), run("UseCases.java", "memory:"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple:", "rocksdb:"})
  void theUseCasesFindOnDiskWhatTheyLeft(String engine) throws IOException {
    assertEquals(useCases("none", false), run("UseCases.java", uri(engine)));
    assertEquals(useCases("{\"workers\": 4}", true), run("UseCases.java", uri(engine)));
  }

  private static String useCases(String configuration, boolean cached) {
    return """
    app_config at start: %s
    logged in: true
    logged in after the logout: false
    cached: %s
    computed for answer
    """
        .formatted(configuration, cached);
  }
}
