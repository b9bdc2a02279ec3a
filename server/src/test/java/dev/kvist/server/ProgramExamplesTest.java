package dev.kvist.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvist.tck.ChildJvm;
import dev.kvist.tck.ReferenceExamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs of {@code docs/examples}, run as their comments say, on each engine. */
final class ProgramExamplesTest {
  @TempDir private Path temporary = Path.of("");

  private String run(String program, String uri) throws IOException {
    List<String> command =
        ChildJvm.command(
            List.of("-Xmx64m", "--enable-native-access=ALL-UNNAMED"),
            Path.of("..", "docs", "examples", program),
            List.of(uri));
    return ChildJvm.run(command).replace(System.lineSeparator(), "\n");
  }

  private String uri(String engine) {
    return engine.equals("memory:") ? engine : engine + temporary.resolve("data");
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory:", "simple:"})
  void theCompleteExample(String engine) throws IOException {
    for (int i = 0; i < 2; i++) {
      assertEquals(
          ReferenceExamples.COMPLETE_OUTPUT, run("CompleteExample.java", uri(engine)), "run " + i);
    }
  }

  @Test
  void theUseCasesInMemory() throws IOException {
    for (int i = 0; i < 2; i++) {
      assertEquals(useCases("none", false), run("UseCases.java", "memory:"));
    }
  }

  @Test
  void theUseCasesFindOnDiskWhatTheyLeft() throws IOException {
    assertEquals(useCases("none", false), run("UseCases.java", uri("simple:")));
    assertEquals(useCases("{\"workers\": 4}", true), run("UseCases.java", uri("simple:")));
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
