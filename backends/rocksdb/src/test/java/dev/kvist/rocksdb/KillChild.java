package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.tck.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The process that is killed: writes entries with numbers that follow one another, in batches of
 * two, and says on its output which were acknowledged.
 */
final class KillChild implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private KillChild(Process process) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  static KillChild start(String uri, long from) throws IOException {
    List<String> options =
        List.of(
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=off");
    List<String> command =
        ChildJvm.command(options, KillChild.class, List.of(uri, Long.toString(from)));
    return new KillChild(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start());
  }

  public static void main(String[] arguments) {
    long number = Long.parseLong(arguments[1]);
    try (Connection connection = Kvist.open(arguments[0])) {
      var store = connection.store("b");
      while (true) {
        store
            .batch()
            .apply(
                new dev.kvist.WriteBatch()
                    .put(utf8("a" + number), utf8("v" + number))
                    .put(utf8("b" + number), utf8("v" + number)));
        System.out.println(number);
        number++;
      }
    }
  }

  /** Reads so many numbers; returns the last. */
  long read(int count) throws IOException {
    long last = -1;
    for (int i = 0; i < count; i++) {
      String line = output.readLine();
      if (line == null) {
        throw new AssertionError("the child ended by itself");
      }
      last = Long.parseLong(line);
    }
    return last;
  }

  /** Kills it; returns the last number that it said, or {@code known} when it said no more. */
  long kill(long known) throws IOException {
    // Not by the process itself, which would close its output.
    ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
    long last = known;
    List<String> rest = output.readAllLines();
    for (int i = 0; i < rest.size(); i++) {
      // The last line may be torn.
      if (i + 1 < rest.size()) {
        last = Long.parseLong(rest.get(i));
      }
    }
    process.onExit().join();
    return last;
  }

  @Override
  public void close() throws IOException {
    output.close();
    process.destroyForcibly();
  }
}
