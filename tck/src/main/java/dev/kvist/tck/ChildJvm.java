package dev.kvist.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Processes of a test that run Java programs, with the JDK that runs the test. */
public final class ChildJvm {
  private ChildJvm() {}

  /**
   * The command that runs a class of the test's own class path.
   *
   * @param options of the JVM, such as {@code -Xmx64m}
   * @param main has the {@code main} method
   * @param arguments of that method
   */
  public static List<String> command(List<String> options, Class<?> main, List<String> arguments) {
    return command(options, ownClassPath(), main, arguments);
  }

  /**
   * The command that runs a class of a given class path.
   *
   * @param options of the JVM, such as {@code -Xmx64m}
   * @param classPath as the option {@code -cp} takes it
   * @param main has the {@code main} method
   * @param arguments of that method
   */
  public static List<String> command(
      List<String> options, String classPath, Class<?> main, List<String> arguments) {
    return command(options, classPath, main.getName(), arguments);
  }

  /**
   * The command that compiles and runs one file of source with the test's own class path.
   *
   * @param options of the JVM, such as {@code -Xmx64m}
   * @param source the file; a relative one is looked for where the process is started
   * @param arguments of its {@code main} method
   */
  public static List<String> command(List<String> options, Path source, List<String> arguments) {
    return command(options, ownClassPath(), source.toString(), arguments);
  }

  private static List<String> command(
      List<String> options, String classPath, String program, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, program));
    command.addAll(arguments);
    return List.copyOf(command);
  }

  private static String ownClassPath() {
    return System.getProperty("java.class.path");
  }

  /**
   * Runs a command to its end, however long that takes. What it writes to its error output goes to
   * that of the test.
   *
   * @param directory where it runs
   * @return what it printed, read as UTF-8
   * @throws IOException when it cannot be started
   * @throws AssertionError with what it printed when its exit status is not 0
   */
  public static String run(List<String> command, Path directory) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.onExit().join().exitValue(), printed);
    return printed;
  }
}
