package dev.kvist.simple;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.tck.ChildJvm;
import dev.kvist.tck.KilledWriters;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jpountz.lz4.LZ4Factory;
import org.slf4j.Logger;

/** The process that is killed: see {@link KilledWriters}. */
final class KillChild {
  private KillChild() {}

  /**
   * @param from for each writer, its next operation
   */
  static KilledWriters start(String uri, int[] from) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(uri));
    Arrays.stream(from).forEach(operation -> arguments.add(Integer.toString(operation)));
    return KilledWriters.start(
        command(KillChild.class, arguments), ProcessBuilder.Redirect.INHERIT);
  }

  /** The command that runs a class of this engine's tests, or of those that it shares. */
  static List<String> command(Class<?> program, List<String> arguments) {
    return ChildJvm.command(
        List.of(
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dslf4j.internal.verbosity=ERROR"),
        StorageChild.classPath(Logger.class, LZ4Factory.class, KilledWriters.class),
        program,
        arguments);
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
          KilledWriters.acknowledged(writer, operation);
        }
      });
    }
    while (true) {
      connection.maintenance().compact();
    }
  }
}
