package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.bucket.BloomFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that are killed while their threads add to a Bloom filter of an engine on disk: every
 * item that was acknowledged is there for the next process. 5 rounds, 100 with {@code
 * KVIST_DEEP=1}.
 */
public interface BloomKillContract {
  /** Threads of a process. */
  int WRITERS = 4;

  /** Of the filter. */
  int CAPACITY = 500_000;

  /** The URI of a store in a folder. */
  String uri(Path folder, boolean sync);

  /** The command that runs a class with arguments. */
  List<String> command(Class<?> program, List<String> arguments);

  /** Kills, and looks for what was acknowledged. */
  @Test
  default void everyAcknowledgedItemOutlivesItsProcess(@TempDir Path folder) throws IOException {
    var random = new Random();
    int[] next = new int[WRITERS];
    int rounds = "1".equals(System.getenv("KVIST_DEEP")) ? 100 : 5;
    for (int round = 0; round < rounds; round++) {
      boolean sync = round % 3 == 2;
      int[] acknowledged = next.clone();
      Arrays.setAll(acknowledged, writer -> next[writer] - 1);
      List<String> arguments = new ArrayList<>(List.of(uri(folder, sync)));
      Arrays.stream(next).forEach(first -> arguments.add(Integer.toString(first)));
      try (var child =
          KilledWriters.start(command(Adder.class, arguments), ProcessBuilder.Redirect.INHERIT)) {
        child.read(1 + random.nextInt(sync ? 300 : 5_000), acknowledged);
        child.kill(acknowledged);
      }
      try (var log = Captured.of(BloomFilter.class.getName());
          Connection connection = Kvist.open(uri(folder, false))) {
        // Not closed, so that each process finds what a killed one has left.
        check(BloomFilter.open(connection, CAPACITY, 1e-4), acknowledged, "round " + round);
        assertEquals("", log.toString(), "a kill damages nothing");
      }
      Arrays.setAll(next, writer -> acknowledged[writer] + 1);
    }
    assertTrue(Arrays.stream(next).sum() > rounds, "items");
  }

  private static void check(BloomFilter filter, int[] acknowledged, String what) {
    long items = 0;
    for (int writer = 0; writer < WRITERS; writer++) {
      for (int i = 0; i <= acknowledged[writer]; i++, items++) {
        assertTrue(filter.exists("seen", Adder.item(writer, i)), what + ": " + writer + "/" + i);
      }
    }
    assertTrue(filter.count() >= items * 0.99, what + ": " + filter.count() + " of " + items);
    int wrong = 0;
    for (int i = 0; i < 10_000; i++) {
      wrong += filter.exists("seen", utf8("never " + i)) ? 1 : 0;
    }
    assertTrue(wrong < 20, what + ": wrong for " + wrong);
  }

  /** The process that is killed: adds with a thread for each number, and compacts, for ever. */
  final class Adder {
    private Adder() {}

    private static byte[] item(int writer, int number) {
      return utf8(writer + "/" + number);
    }

    /** The URI, and for each writer its next item. */
    public static void main(String[] arguments) {
      Connection connection = Kvist.open(arguments[0]);
      BloomFilter filter = BloomFilter.open(connection, CAPACITY, 1e-4);
      for (int i = 1; i < arguments.length; i++) {
        int writer = i - 1;
        int first = Integer.parseInt(arguments[i]);
        Thread.Builder kind = writer % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
        kind.start(() -> {
          for (int number = first; ; number++) {
            filter.add("seen", item(writer, number));
            KilledWriters.acknowledged(writer, number);
          }
        });
      }
      while (true) {
        connection.maintenance().compact();
      }
    }
  }
}
