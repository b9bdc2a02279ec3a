package dev.kvist.bench.work;

import dev.kvist.bench.engine.Engine;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** Recovery that has the log alone, beside reading and checksumming the same files. */
final class Recovering {
  private static final int ROUNDS = 4;
  private static final int BUFFER_BYTES = 1 << 20;

  private Recovering() {}

  static void run(Trial trial, Report report) throws Exception {
    Opening.loadClasses(trial);
    Path store = trial.directory().resolve("killed");
    removeState(store);
    var recovered = new double[ROUNDS];
    var read = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      Path copy = trial.directory().resolve("copy");
      Disk.copy(store, copy);
      List<Used> log = log(copy.resolve("wal"));
      double bytes = log.stream().mapToLong(Used::bytes).sum();
      read[i] = bytes / checksum(log);
      recovered[i] = bytes / recover(trial);
      Disk.delete(copy);
    }
    // The first one warms up.
    report.figure(Metric.READ_CRC, median(read));
    report.figure(Metric.RECOVERY, median(recovered));
  }

  private static double median(double[] all) {
    double[] counted = Arrays.copyOfRange(all, 1, all.length);
    Arrays.sort(counted);
    return counted[counted.length / 2];
  }

  private static void removeState(Path store) throws IOException {
    for (Path path : Disk.tree(store.resolve("last_state"))) {
      String name = path.getFileName().toString();
      if (name.startsWith("index-") || name.startsWith("keys-")) {
        Files.delete(path);
      } else if (Files.isRegularFile(path)) {
        throw new IOException(
            "a compaction has put " + name + " into last_state: the log alone is not the store");
      }
    }
  }

  private static double recover(Trial trial) throws Exception {
    Data data = trial.data();
    long before = System.nanoTime();
    try (Engine engine = trial.open("copy", false)) {
      byte[] value = engine.get(data.key(trial.entries() - 1));
      double seconds = (System.nanoTime() - before) / 1e9;
      if (value == null) {
        throw new IllegalStateException("recovery from the log has lost the last key");
      }
      return seconds;
    }
  }

  /** A file of the log, and its bytes before the zeros that it ends with. */
  private record Used(Path path, long bytes) {}

  private static List<Used> log(Path folder) throws IOException {
    var log = new ArrayList<Used>();
    for (Path path : Disk.tree(folder)) {
      if (Files.isRegularFile(path)) {
        try (FileChannel file = FileChannel.open(path);
            Arena arena = Arena.ofConfined()) {
          MemorySegment memory = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
          long end = memory.byteSize();
          while (end > 0 && memory.get(ValueLayout.JAVA_BYTE, end - 1) == 0) {
            end--;
          }
          log.add(new Used(path, end));
        }
      }
    }
    return log;
  }

  /** Returns the seconds that it takes. */
  private static double checksum(List<Used> log) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    var crc = new CRC32C();
    long before = System.nanoTime();
    for (Used used : log) {
      try (FileChannel file = FileChannel.open(used.path())) {
        for (long left = used.bytes(); left > 0; ) {
          int read = file.read(buffer.clear().limit((int) Math.min(left, BUFFER_BYTES)));
          crc.update(buffer.flip());
          left -= read;
        }
      }
    }
    double seconds = (System.nanoTime() - before) / 1e9;
    if (crc.getValue() == 0) {
      throw new IOException("the log is empty");
    }
    return seconds;
  }
}
