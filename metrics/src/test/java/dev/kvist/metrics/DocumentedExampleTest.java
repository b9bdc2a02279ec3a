package dev.kvist.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.tck.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program of {@code docs/operations.md}, run as it stands there, prints what its comments say.
 */
final class DocumentedExampleTest {
  private static final Pattern PROGRAM = Pattern.compile("(?s)```java\n(.*?KvistMetrics.*?)```");
  private static final Pattern PRINTED = Pattern.compile("IO\\.println.* // (.*)");

  @TempDir private Path temporary = Path.of("");

  @Test
  void theProgramPrintsWhatItsCommentsSay() throws IOException {
    String text = Files.readString(Path.of("..", "docs", "operations.md"));
    var program = PROGRAM.matcher(text);
    assertTrue(program.find(), "no program");
    Path source = Files.writeString(temporary.resolve("Metrics.java"), program.group(1));
    List<String> expected =
        PRINTED.matcher(program.group(1)).results().map(line -> line.group(1)).toList();
    assertEquals(3, expected.size());
    List<String> options = List.of("-Xmx64m", "--enable-native-access=ALL-UNNAMED");
    String printed = ChildJvm.run(ChildJvm.command(options, source, List.of()), temporary);
    assertEquals(expected, printed.lines().toList());
  }
}
