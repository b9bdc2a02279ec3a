package dev.kvist.server;

import dev.kvist.tck.ChildJvm;
import java.util.List;

/** What {@code ./kvist} runs, of the classes that are being tested. */
public final class MainProcess {
  private MainProcess() {}

  /** The command with these arguments. */
  public static List<String> command(List<String> arguments) {
    List<String> options =
        List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");
    return ChildJvm.command(options, Main.class, arguments);
  }
}
