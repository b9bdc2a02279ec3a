package dev.kvist.server.cli;

import dev.kvist.KvEntry;
import dev.kvist.KvReader;
import dev.kvist.Kvist;
import dev.kvist.Version;
import dev.kvist.server.Main;
import dev.kvist.server.cli.TourData.Pair;
import dev.kvist.server.rows.RowFormat;
import dev.kvist.server.rows.RowWriter;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * An import in a process of its own that is killed while it runs. It is fed the same data over and
 * over, each round under keys of its own, and says after each batch up to which line everything is
 * stored.
 */
final class TourCrash {
  static final String BUCKET = "tour_crash";
  private static final int FIRST_KILL_MILLIS = 200;
  private static final int LAST_KILL_MILLIS = 1200;
  private static final int LONGEST_WAIT_MILLIS = 30_000;

  private final List<Pair> pairs;
  private long killedAfterMillis;

  TourCrash(List<Pair> pairs) {
    this.pairs = pairs;
  }

  /** How long the import ran from its first acknowledgement to its end. */
  long killedAfterMillis() {
    return killedAfterMillis;
  }

  /**
   * Runs the import and kills it.
   *
   * @param shared the options that choose the store
   * @return the last line that it acknowledged
   */
  long importAndKill(List<String> shared) throws IOException {
    Process child =
        new ProcessBuilder(command(shared)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    killAfter(child, LONGEST_WAIT_MILLIS);
    Thread.ofPlatform().name("kvist-tour-feed").daemon().start(() -> feed(child));
    long acknowledged = 0;
    long firstNanos = 0;
    try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (acknowledged == 0) {
          firstNanos = System.nanoTime();
          killAfter(
              child, ThreadLocalRandom.current().nextInt(FIRST_KILL_MILLIS, LAST_KILL_MILLIS));
        }
        acknowledged = acknowledgedBy(line, acknowledged);
      }
    } finally {
      child.destroyForcibly();
    }
    child.onExit().join();
    if (acknowledged == 0) {
      throw new IOException(
          "the import that was to be killed stored nothing in " + LONGEST_WAIT_MILLIS + " ms");
    }
    killedAfterMillis = (System.nanoTime() - firstNanos) / 1_000_000;
    return acknowledged;
  }

  /** The last line may have been cut by the kill: then it says less, or nothing, and never more. */
  private static long acknowledgedBy(String line, long before) {
    return line.isEmpty() ? before : Math.max(before, Long.parseLong(line));
  }

  private static void killAfter(Process child, int millis) {
    Executor later = CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS);
    // Not by the process itself, which would close what the other thread reads.
    later.execute(child.toHandle()::destroyForcibly);
  }

  private static List<String> command(List<String> shared) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(shared);
    command.addAll(List.of("import", BUCKET, "-", "--format", "tsv", "--acknowledge"));
    return command;
  }

  private void feed(Process child) {
    try (OutputStream pipe = new BufferedOutputStream(child.getOutputStream(), 1 << 16)) {
      RowWriter rows = RowFormat.TSV.writer(pipe, false);
      for (long line = 1; child.isAlive(); line++) {
        rows.write(
            KvEntry.value(
                BUCKET, key(line), value(line), Version.of(0, 0), 0, KvEntry.NEVER, false));
      }
    } catch (IOException e) {
      // The pipe broke: that is the kill.
    }
  }

  private byte[] key(long line) {
    long round = (line - 1) / pairs.size();
    return Kvist.utf8(round + "/" + pair(line).key());
  }

  private byte[] value(long line) {
    return Kvist.utf8(pair(line).value());
  }

  private Pair pair(long line) {
    return pairs.get((int) ((line - 1) % pairs.size()));
  }

  /**
   * Looks up every line up to this one.
   *
   * @return how many are missing or wrong
   */
  long missing(KvReader reader, long acknowledged) {
    long missing = 0;
    for (long line = 1; line <= acknowledged; line++) {
      if (!Arrays.equals(reader.get(key(line)), value(line))) {
        missing++;
      }
    }
    return missing;
  }
}
