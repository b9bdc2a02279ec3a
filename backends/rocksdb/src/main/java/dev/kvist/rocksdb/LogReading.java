package dev.kvist.rocksdb;

import dev.kvist.KeyText;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.WatchCursor;
import dev.kvist.spi.LogRecord;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands out the records of a log as they lie in its files, oldest first. Changes nothing, and reads
 * past damage. The index of deadlines, which the log has too, is left out.
 *
 * <p>Of a store that is open it gives what was there when it came by: it may meet a record while
 * that is written, and then tries again before it calls it damaged.
 */
final class LogReading {
  private static final Logger LOG = LoggerFactory.getLogger(LogReading.class);
  private static final int TRIES = 100;
  private static final long NAP_NANOS = 1_000_000;

  /** A file, and how much of it was there. */
  private record Part(Path file, long end) {}

  private final Path directory;
  private final boolean single;
  private final Consumer<LogRecord> to;
  private final LogBatch batch;

  // What records need to be understood, from the store's definitions.
  private final Map<Integer, String> namesOfBuckets = new HashMap<>();
  private final Map<Integer, String> namesOfFamilies = new HashMap<>();
  private Epochs epochs = Epochs.read(new byte[0]);

  private LogReading(Path directory, boolean single, Consumer<LogRecord> to) {
    this.directory = directory;
    this.single = single;
    this.to = to;
    this.batch = new LogBatch(directory.toString());
  }

  /** Reads the log of a store's directory. */
  static void run(Path directory, Consumer<LogRecord> to) throws IOException {
    new LogReading(directory, DataDirectory.isSingle(directory), to).run();
  }

  private void run() throws IOException {
    readStoredDefinitions();
    List<Path> files = files();
    var parts = new ArrayList<Part>();
    for (Path file : files) {
      try {
        parts.add(lookOver(file, file.equals(files.getLast())));
      } catch (FileNotFoundException | NoSuchFileException e) {
        // Retention took it.
      }
    }
    for (Part part : parts) {
      try {
        read(part);
      } catch (FileNotFoundException e) {
        // Likewise.
      }
    }
  }

  /** Those that are in use were listed first: RocksDB may move them to the archive meanwhile. */
  private List<Path> files() throws IOException {
    var byNumber = new TreeMap<Long, Path>();
    for (Path folder : List.of(directory, directory.resolve(Retention.ARCHIVE))) {
      for (Retention.Log log : Retention.logs(folder)) {
        byNumber.put(log.number(), log.path());
      }
    }
    return List.copyOf(byNumber.values());
  }

  /** Where a file is now: RocksDB may have moved it to the archive. */
  private Path place(Path file) {
    return Files.exists(file)
        ? file
        : directory.resolve(Retention.ARCHIVE).resolve(String.valueOf(file.getFileName()));
  }

  /** Finds the end of a file, and the definitions in it. */
  private Part lookOver(Path file, boolean isNewest) throws IOException {
    long before = -1;
    for (int attempt = 0; ; attempt++) {
      boolean isDamaged = false;
      Path path = place(file);
      long size = Files.size(path);
      try (var frames = new LogFrames(path)) {
        while (true) {
          LogFrames.Found found = frames.next();
          if (found == LogFrames.Found.END) {
            break;
          }
          isDamaged = found == LogFrames.Found.DAMAGE;
          if (!isDamaged) {
            define(frames);
          }
        }
        if (!isDamaged || !isNewest || attempt == TRIES || size == before) {
          return new Part(file, frames.position());
        }
      }
      before = size;
      LockSupport.parkNanos(NAP_NANOS);
    }
  }

  private boolean begin(LogFrames frames) {
    if (frames.length() < LogBatch.HEADER_BYTES) {
      return false;
    }
    batch.begin(frames.record(), frames.length());
    return true;
  }

  // --- definitions ------------------------------------------------------------------------------

  /** The log may have lost those of long ago. A store that does not open has those of its log. */
  private void readStoredDefinitions() {
    NativeLibrary.load();
    var handles = new ArrayList<ColumnFamilyHandle>();
    // Best efforts are without the log, whose files an owner may be moving away.
    try (var options =
            DBOptions.getDBOptionsFromProps(Tuning.unreachableFromJava())
                .setBestEffortsRecovery(true);
        var family = new ColumnFamilyOptions();
        RocksDB rocks =
            RocksDB.openReadOnly(
                options,
                directory.toString(),
                List.of(
                    new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, family),
                    new ColumnFamilyDescriptor(Kvist.utf8(Database.DEFINITIONS), family)),
                handles)) {
      try (RocksIterator stored = rocks.newIterator(handles.getLast())) {
        for (stored.seekToFirst(); stored.isValid(); stored.next()) {
          define(stored.key(), stored.value());
        }
        stored.status();
      } finally {
        handles.forEach(ColumnFamilyHandle::close);
      }
    } catch (RocksDBException e) {
      LOG.debug("{}: only the log tells the names of buckets", directory, e);
    }
  }

  private void define(LogFrames frames) {
    try {
      if (!begin(frames)) {
        return;
      }
      while (batch.next()) {
        if (batch.isPut && batch.family == Database.DEFINITIONS_ID) {
          define(
              Arrays.copyOfRange(batch.bytes, batch.keyFrom, batch.keyTo),
              Arrays.copyOfRange(batch.bytes, batch.valueFrom, batch.valueTo));
        }
      }
    } catch (KvException.Corrupted e) {
      LOG.debug("{}: a batch is left out", directory, e);
    }
  }

  private void define(byte[] key, byte[] value) {
    if (Arrays.equals(key, Definitions.EPOCHS)) {
      Epochs read = Epochs.read(value);
      epochs = read.newest() < epochs.newest() ? epochs : read;
    } else if (key[0] == Definitions.BUCKET) {
      namesOfBuckets.put(
          ByteBuffer.wrap(value).getInt(), Kvist.utf8(Arrays.copyOfRange(key, 1, key.length)));
    } else if (key[0] == Definitions.FAMILY) {
      namesOfFamilies.put(ByteBuffer.wrap(key).getInt(1), Kvist.utf8(value));
    }
  }

  // --- records ----------------------------------------------------------------------------------

  private void read(Part part) throws IOException {
    try (var frames = new LogFrames(place(part.file))) {
      while (true) {
        LogFrames.Found found = frames.next();
        if (found == LogFrames.Found.END || frames.offset() >= part.end) {
          return;
        }
        if (found == LogFrames.Found.DAMAGE || !begin(frames)) {
          damaged(part.file, frames.offset());
        } else {
          give(part.file, frames.offset());
        }
      }
    }
  }

  private void damaged(Path file, long offset) {
    to.accept(new LogRecord(name(file), offset, null, 0, "damaged", "", "", 0, false));
  }

  private String name(Path file) {
    return directory.relativize(file).toString();
  }

  private void give(Path file, long offset) {
    try {
      while (batch.next()) {
        if (batch.family == Database.DEFINITIONS_ID) {
          definition(file, offset);
        } else if (batch.isRecord()) {
          record(file, offset);
        }
      }
    } catch (KvException.Corrupted e) {
      damaged(file, offset);
    }
  }

  private void definition(Path file, long offset) {
    to.accept(
        new LogRecord(
            name(file),
            offset,
            cursor(),
            0,
            batch.isPut ? "put" : "delete",
            "",
            KeyText.print(Arrays.copyOfRange(batch.bytes, batch.keyFrom, batch.keyTo)),
            batch.isPut ? batch.valueTo - batch.valueFrom : 0,
            true));
  }

  private void record(Path file, long offset) {
    int prefix = single ? Bucket.PREFIX_BYTES : 0;
    int at = batch.valueFrom;
    int length = batch.valueTo - at - RecordLayout.HEADER_BYTES;
    if (length < 0 || batch.keyTo - batch.keyFrom < prefix) {
      damaged(file, offset);
      return;
    }
    int number = single ? ByteBuffer.wrap(batch.bytes).getInt(batch.keyFrom) : batch.family;
    String name = (single ? namesOfBuckets : namesOfFamilies).get(number);
    to.accept(
        new LogRecord(
            name(file),
            offset,
            cursor(),
            RecordLayout.writtenAt(batch.bytes, at),
            operation(RecordLayout.kind(batch.bytes, at)),
            name == null ? "#" + number : name,
            KeyText.print(Arrays.copyOfRange(batch.bytes, batch.keyFrom + prefix, batch.keyTo)),
            length,
            true));
  }

  private @Nullable WatchCursor cursor() {
    return epochs.isEmpty() ? null : epochs.cursor(batch.sequence);
  }

  private static String operation(int kind) {
    return switch (kind) {
      case RecordLayout.VALUE -> "put";
      case RecordLayout.DELETED -> "delete";
      case RecordLayout.EXPIRED -> "expire";
      default -> "purge";
    };
  }
}
