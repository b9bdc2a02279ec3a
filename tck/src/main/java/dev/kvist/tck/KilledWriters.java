package dev.kvist.tck;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A process that is killed: writers that say on its output what was acknowledged, as lines of a
 * writer's number, a space, the number of its operation, and a dot. For one thread.
 */
public final class KilledWriters implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private KilledWriters(Process process) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * Starts it.
   *
   * @param command see {@link ChildJvm}
   * @param errors where its error output goes
   */
  public static KilledWriters start(List<String> command, ProcessBuilder.Redirect errors)
      throws IOException {
    return new KilledWriters(new ProcessBuilder(command).redirectError(errors).start());
  }

  /** In that process: says that an operation was acknowledged. For any threads. */
  public static void acknowledged(int writer, int operation) {
    synchronized (KilledWriters.class) {
      System.out.print(writer + " " + operation + ".\n");
      System.out.flush();
    }
  }

  /**
   * Reads which operations were acknowledged, until so many were.
   *
   * @param acknowledged for each writer its newest one
   * @throws AssertionError when the process ended by itself
   */
  public void read(int count, int[] acknowledged) throws IOException {
    for (int i = 0; i < count; i++) {
      String line = output.readLine();
      if (line == null) {
        throw new AssertionError("the child ended by itself");
      }
      note(line, acknowledged);
    }
  }

  /** Kills it, and reads what it still said. */
  public void kill(int[] acknowledged) throws IOException {
    // Not by the process itself, which would close its output.
    process.toHandle().destroyForcibly();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      // The last one may be torn.
      if (line.endsWith(".")) {
        note(line, acknowledged);
      }
    }
  }

  private static void note(String line, int[] acknowledged) {
    int space = line.indexOf(' ');
    int writer = Integer.parseInt(line.substring(0, space));
    acknowledged[writer] = Integer.parseInt(line.substring(space + 1, line.length() - 1));
  }

  /** Kills it if it runs, and waits until it is gone. */
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
