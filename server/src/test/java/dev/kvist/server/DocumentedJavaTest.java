package dev.kvist.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pieces of Java that the documents show compile with the imports that one expects. */
final class DocumentedJavaTest {
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  private static String around(String piece) {
    if (piece.startsWith("import ")) {
      return piece; // a whole program
    }
    return """
    import static dev.kvist.Kvist.utf8;

    import dev.kvist.*;
    import dev.kvist.bucket.*;
    import dev.kvist.config.*;
    import java.nio.file.Path;

    final class Piece {
      void run() throws Exception {
    %s
      }
    }
    """
        .formatted(piece);
  }

  @TempDir private Path classes;

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/backends.md", "docs/configuration.md"})
  void everyPieceCompiles(String document) throws IOException {
    String text = Files.readString(Path.of("..", document));
    List<String> pieces =
        BLOCK.matcher(text).results().map((MatchResult piece) -> piece.group(1)).toList();
    assertFalse(pieces.isEmpty(), document);
    for (String piece : pieces) {
      assertEquals(List.of(), errors(around(piece)), document + ": " + piece);
    }
  }

  private List<String> errors(String source) {
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    var found = new DiagnosticCollector<JavaFileObject>();
    List<String> options =
        List.of(
            "-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
    boolean compiled =
        compiler.getTask(null, null, found, options, null, List.of(new Source(source))).call();
    List<String> errors =
        found.getDiagnostics().stream()
            .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
            .map(Diagnostic::toString)
            .toList();
    assertEquals(compiled, errors.isEmpty(), errors::toString);
    return errors;
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String text) {
      super(URI.create("string:///Piece.java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
