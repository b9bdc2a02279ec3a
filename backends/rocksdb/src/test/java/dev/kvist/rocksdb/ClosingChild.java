package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.tck.ChildJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that closes stores while all of their calls are under way, or opens and closes them
 * again and again: what goes wrong in native code ends it, or stays in its memory.
 */
final class ClosingChild {
  /** What runs inside, and how often. */
  private static final int ROUNDS = 5;

  /** What the first ones leave is the allocator's. */
  private static final int WARM_UP = 60;

  private ClosingChild() {}

  /**
   * Runs one; returns what it printed. Freed memory is overwritten, so that a use of it shows.
   *
   * @param what {@code calls}, or how often to open and close
   */
  static String run(Path folder, String what, Map<String, String> settings) throws IOException {
    var arguments = new ArrayList<>(List.of(folder.toString(), what));
    settings.forEach((name, value) -> arguments.addAll(List.of(name, value)));
    List<String> options =
        List.of(
            "-Xms64m",
            "-Xmx64m",
            "-XX:+AlwaysPreTouch",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + folder.resolve("hs_err.log"),
            "--enable-native-access=ALL-UNNAMED");
    ProcessBuilder builder =
        new ProcessBuilder(ChildJvm.command(options, ClosingChild.class, arguments));
    builder.environment().put("MALLOC_PERTURB_", "165");
    builder.environment().put("MALLOC_ARENA_MAX", "2");
    Process process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("printed").toFile())
            .start();
    int status = process.onExit().join().exitValue();
    String printed = Files.readString(folder.resolve("printed"), StandardCharsets.UTF_8);
    if (status != 0) {
      throw new AssertionError("exit status " + status + ": " + lastLines(printed));
    }
    return lastLines(printed);
  }

  private static String lastLines(String text) {
    List<String> lines = text.lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
  }

  public static void main(String[] arguments) throws Exception {
    java.util.logging.Logger.getLogger("").setLevel(java.util.logging.Level.SEVERE);
    Path folder = Path.of(arguments[0]);
    ConnectionOptions options = Places.at(folder.resolve("data"));
    for (int i = 2; i < arguments.length; i += 2) {
      options = options.with(arguments[i], arguments[i + 1]);
    }
    if (arguments[1].equals("calls")) {
      for (int round = 0; round < ROUNDS; round++) {
        closeUnderCalls(options, folder, round);
      }
    } else {
      openAndClose(options, WARM_UP);
      long[] before = figures();
      openAndClose(options, Integer.parseInt(arguments[1]) - WARM_UP);
      long[] after = figures();
      System.out.println(
          (after[0] - before[0]) + " " + (after[1] - before[1]) + " " + (after[2] - before[2]));
    }
  }

  // --- closing under calls ----------------------------------------------------------------------

  /** What is done again and again until it meets the close. */
  private interface Call {
    void run() throws Exception;
  }

  private static void closeUnderCalls(ConnectionOptions options, Path folder, int round)
      throws Exception {
    Connection connection = Kvist.open(options);
    KvStore store = connection.store("b");
    for (int i = 0; i < 500; i++) {
      store.writer().put(utf8("k" + i), Places.value(i));
    }
    List<Call> calls =
        List.of(
            () -> store.reader().get(utf8("k7")),
            () -> store.reader().getAll(List.of(utf8("k1"), utf8("k2"))),
            () -> scan(store, KeyRange.all()),
            () -> scan(store, KeyRange.all().reversed()),
            () -> store.reader().keys(KeyRange.prefix(utf8("k1"))).toList(),
            () -> store.writer().put(utf8("k8"), Places.value(8)),
            () -> store.ttl().put(utf8("t"), utf8("v"), Duration.ofMillis(1)),
            () -> store.writer().delete(utf8("k8")),
            () -> store.batch().apply(new WriteBatch().put(utf8("x"), utf8("1")).delete(utf8("y"))),
            () -> dropAndMake(connection),
            () -> connection.sample(50, (_, _, _) -> {}),
            connection::stats,
            () -> connection.maintenance().verify(),
            () -> connection.maintenance().compact(),
            () -> backUp(connection, Files.createTempDirectory(folder, "copies")),
            () -> watch(store, WatchOptions.fromState()),
            () -> watch(store, WatchOptions.fromNow()));
    var started = new CountDownLatch(calls.size());
    var tasks = new ArrayList<FutureTask<Void>>();
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      var task = new FutureTask<Void>(() -> repeat(call, started));
      tasks.add(task);
      ((i + round) % 2 == 0 ? Thread.ofPlatform().daemon() : Thread.ofVirtual()).start(task);
    }
    if (!started.await(120, TimeUnit.SECONDS)) {
      throw new AssertionError(started.getCount() + " calls were never begun");
    }
    // Anywhere in the first call of each or in a later one.
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(300_000_000));
    connection.close();
    for (FutureTask<Void> task : tasks) {
      task.get(120, TimeUnit.SECONDS);
    }
  }

  /** Its position is between pages when the close comes. */
  private static void scan(KvStore store, KeyRange range) {
    int read = 0;
    for (var entry : store.reader().scan(range)) {
      read += entry.value().length;
      LockSupport.parkNanos(read % 50 == 0 ? 10_000 : 1);
    }
  }

  private static void dropAndMake(Connection connection) {
    connection.store("d").writer().put(utf8("k"), utf8("v"));
    scan(connection.store("d"), KeyRange.all());
    connection.drop("d");
  }

  private static void backUp(Connection connection, Path copies) throws IOException {
    connection.maintenance().backup(copies.resolve("copy"));
    Trees.delete(copies);
  }

  private static void watch(KvStore store, WatchOptions options) {
    try (var watch = store.watcher().watch(WatchScope.all(), options)) {
      for (int i = 0; i < 300; i++) {
        watch.next(Duration.ofMillis(1));
      }
    } catch (KvException.CursorExpired e) {
      // Writers were faster than this watch for longer than the log is kept.
      return;
    }
  }

  private static Void repeat(Call call, CountDownLatch started) throws Exception {
    started.countDown();
    try {
      while (true) {
        call.run();
        // Calls that never wait would keep a carrier from the other virtual threads.
        LockSupport.parkNanos(1_000);
      }
    } catch (KvException.Closed e) {
      return null;
    }
  }

  // --- opening and closing ----------------------------------------------------------------------

  private static void openAndClose(ConnectionOptions options, int times) {
    for (int i = 0; i < times; i++) {
      try (Connection connection = Kvist.open(options.with("mem_table_size", "64KiB"))) {
        KvStore store = connection.store("b");
        store.writer().put(utf8("k"), utf8("v" + i));
        store.reader().get(utf8("k"));
        store.reader().scan(KeyRange.all()).toList();
        try (var watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
          watch.next(Duration.ZERO);
        }
        connection.stats();
      }
    }
  }

  /** Bytes of memory, open files, threads. */
  private static long[] figures() throws IOException {
    System.gc();
    try (var files = Files.list(Path.of("/proc/self/fd"));
        var threads = Files.list(Path.of("/proc/self/task"))) {
      return new long[] {residentBytes(), files.count(), threads.count()};
    }
  }

  private static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("RssAnon:")) {
        return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new AssertionError("no RssAnon in /proc/self/status");
  }
}
