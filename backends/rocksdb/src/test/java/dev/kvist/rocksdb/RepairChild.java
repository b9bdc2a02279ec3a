package dev.kvist.rocksdb;

import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import dev.kvist.tck.ChildJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The process that is killed while it repairs, or while it opens what another left. */
final class RepairChild {
  private RepairChild() {}

  /** Starts one; returns when it is about to begin. */
  static Process start(String uri, boolean repairs) throws IOException {
    List<String> command =
        ChildJvm.command(
            KillChild.OPTIONS, RepairChild.class, List.of(uri, Boolean.toString(repairs)));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String line = process.inputReader(StandardCharsets.UTF_8).readLine();
    if (!"ready".equals(line)) {
      throw new AssertionError("the child said " + line);
    }
    return process;
  }

  public static void main(String[] arguments) {
    NativeLibrary.load();
    System.out.println("ready");
    if (Boolean.parseBoolean(arguments[1])) {
      new RocksBackend().repair(ConnectionOptions.parse(arguments[0]));
    } else {
      Kvist.open(arguments[0]).close();
    }
  }
}
