package dev.kvist.simple;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.tck.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jpountz.lz4.LZ4Factory;
import org.slf4j.Logger;

/** The process that is killed: writers that say on its output what was acknowledged. */
final class KillChild implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private KillChild(Process process) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * @param from for each writer, its next operation
   */
  static KillChild start(String uri, int[] from) throws IOException {
    return start(KillChild.class, uri, from);
  }

  /**
   * @param program what it runs; it prints {@code WRITER OPERATION.} lines
   */
  static KillChild start(Class<?> program, String uri, int[] from) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(uri));
    for (int operation : from) {
      arguments.add(Integer.toString(operation));
    }
    List<String> command =
        ChildJvm.command(
            List.of(
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dslf4j.internal.verbosity=ERROR"),
            StorageChild.classPath(Logger.class, LZ4Factory.class),
            program,
            arguments);
    return new KillChild(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** Reads which operations were acknowledged, until so many were. */
  void read(int count, int[] acknowledged) throws IOException {
    for (int i = 0; i < count; i++) {
      String line = output.readLine();
      if (line == null) {
        throw new AssertionError("the child ended by itself");
      }
      note(line, acknowledged);
    }
  }

  /** Kills it, and reads what it still said. */
  void kill(int[] acknowledged) throws IOException {
    // Not by the process itself, which would close its output.
    process.toHandle().destroyForcibly();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
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

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  /** Opens the store, writes with a thread for each number, and compacts, for ever. */
  public static void main(String[] arguments) {
    Connection connection = Kvist.open(arguments[0]);
    for (int i = 1; i < arguments.length; i++) {
      int writer = i - 1;
      int first = Integer.parseInt(arguments[i]);
      Thread.Builder kind = writer % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
      kind.start(() -> {
        for (int operation = first; ; operation++) {
          KillHistory.apply(connection, writer, operation);
          synchronized (KillChild.class) {
            System.out.print(writer + " " + operation + ".\n");
            System.out.flush();
          }
        }
      });
    }
    while (true) {
      connection.maintenance().compact();
    }
  }
}
