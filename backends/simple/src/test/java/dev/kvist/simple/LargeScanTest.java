package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.tck.ChildJvm;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.jpountz.lz4.LZ4Factory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** Scans of a bucket whose values, and whose keys alone, are more than the heap can hold (K2). */
final class LargeScanTest {
  // As arrays on the heap the keys take 30 MB, the values 120 MB.
  private static final int KEYS = 200_000;
  private static final int KEY_BYTES = 130;
  private static final int VALUE_BYTES = 600;

  @TempDir Path temporary;

  @Test
  void aScanNeverHoldsTheBucketInMemory() throws Exception {
    Path printed = temporary.resolve("printed");
    List<String> command =
        ChildJvm.command(
            List.of(
                "-Xmx32m",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Dslf4j.internal.verbosity=ERROR"),
            StorageChild.classPath(Logger.class, LZ4Factory.class),
            Child.class,
            List.of("simple:" + temporary.resolve("data")));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(printed.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the scans take too long");
      String said = Files.readString(printed).strip();
      assertEquals(0, process.exitValue(), said);
      assertEquals(
          KEYS + " entries with " + KEYS * VALUE_BYTES + " bytes, " + KEYS + " keys", said);
    } finally {
      process.destroyForcibly().onExit().join();
    }
  }

  /** Fills a store, and goes through all of it twice. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      try (Connection connection = Kvist.open(arguments[0])) {
        KvStore store = connection.store("b");
        byte[] key = new byte[KEY_BYTES];
        byte[] value = new byte[VALUE_BYTES];
        ByteBuffer number = ByteBuffer.wrap(key);
        for (int i = 0; i < KEYS; i++) {
          number.putInt(KEY_BYTES - Integer.BYTES, i);
          store.writer().put(key, value);
        }
        int entries = 0;
        int bytes = 0;
        for (KvEntry entry : store.reader().scan(KeyRange.all())) {
          entries++;
          bytes += entry.value().length;
        }
        int keys = 0;
        for (byte[] _ : store.reader().keys(KeyRange.all())) {
          keys++;
        }
        System.out.println(entries + " entries with " + bytes + " bytes, " + keys + " keys");
      }
    }
  }
}
