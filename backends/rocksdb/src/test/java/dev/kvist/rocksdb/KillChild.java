package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.WriteBatch;
import dev.kvist.tck.ChildJvm;
import dev.kvist.tck.KilledWriters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The process that is killed: writes entries with numbers that follow one another, in batches of
 * two, and says which were acknowledged.
 */
final class KillChild {
  /** Of the JVM of a child: small, quick to start, and quiet. */
  static final List<String> OPTIONS =
      List.of(
          "-Xmx128m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "--enable-native-access=ALL-UNNAMED",
          "-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider",
          "-Dslf4j.internal.verbosity=ERROR");

  private KillChild() {}

  /** Starts one with a temporary folder of its own. */
  static KilledWriters start(String uri, int from, Path temporary) throws IOException {
    var options = new ArrayList<>(OPTIONS);
    options.add("-Djava.io.tmpdir=" + temporary);
    List<String> arguments = List.of(uri, Integer.toString(from));
    return KilledWriters.start(
        ChildJvm.command(options, KillChild.class, arguments), ProcessBuilder.Redirect.INHERIT);
  }

  public static void main(String[] arguments) {
    int number = Integer.parseInt(arguments[1]);
    try (Connection connection = Kvist.open(arguments[0])) {
      var store = connection.store("b");
      while (true) {
        byte[] value = utf8("v" + number);
        store
            .batch()
            .apply(new WriteBatch().put(utf8("a" + number), value).put(utf8("b" + number), value));
        KilledWriters.acknowledged(0, number);
        number++;
      }
    }
  }
}
