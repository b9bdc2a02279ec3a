package dev.kvist.simple;

import dev.kvist.KeyText;
import dev.kvist.WatchCursor;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogRecord;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Hands out the records of a log as they lie in the files: what compaction kept first, then the
 * write-ahead log, which is in order. Changes nothing, and reads past damage.
 *
 * <p>Of a store that is open it gives what was there when it came by: it may meet a record while
 * that is written, and then tries again before it calls it damaged.
 */
final class LogReading {
  private static final int TRIES = 100;

  private final LogDirectory directory;
  private final Consumer<LogRecord> to;
  private final BucketNames names = new BucketNames();

  private LogReading(LogDirectory directory, Consumer<LogRecord> to) {
    this.directory = directory;
    this.to = to;
  }

  static void run(LogDirectory directory, Consumer<LogRecord> to) throws IOException {
    new LogReading(directory, to).run();
  }

  private void run() throws IOException {
    try (SegmentSource segments = SegmentSource.open(directory)) {
      for (List<Segment> each : List.of(segments.state(), segments.wal())) {
        each.forEach(this::readNames);
      }
      for (Segment segment : segments.state()) {
        read(segment, segments.headless().contains(segment));
      }
      for (Segment segment : segments.wal()) {
        read(segment, segments.headless().contains(segment));
      }
      for (Segment segment : segments.strays()) {
        damaged(segment, 0, segment.capacity());
      }
    }
  }

  private void readNames(Segment segment) {
    var cursor = new SalvageCursor(segment);
    while (true) {
      switch (cursor.next()) {
        case RECORD -> names.add(cursor.record());
        case BAD_VALUE, BAD_BYTES -> {}
        case END -> {
          return;
        }
      }
    }
  }

  private void read(Segment segment, boolean headless) {
    if (headless) {
      damaged(segment, 0, Math.min(SegmentLayout.HEADER_BYTES, segment.capacity()));
    }
    var cursor = new SalvageCursor(segment, segment.capacity(), TRIES);
    while (true) {
      switch (cursor.next()) {
        case RECORD -> give(segment, cursor.record(), true);
        case BAD_VALUE -> give(segment, cursor.record(), false);
        case BAD_BYTES -> damaged(segment, cursor.from(), cursor.to() - cursor.from());
        case END -> {
          return;
        }
      }
    }
  }

  private void damaged(Segment segment, long offset, long size) {
    to.accept(new LogRecord(segment.name(), offset, null, 0, "damaged", "", "", size, false));
  }

  private void give(Segment segment, RecordCursor record, boolean intact) {
    boolean change = record.type() <= RecordLayout.PURGE;
    to.accept(
        new LogRecord(
            segment.name(),
            record.offset(),
            WatchCursor.of(record.epoch() & 0xFFFFFFFFL, record.counter()),
            record.writtenAt(),
            operation(record.type()),
            bucket(record),
            change ? KeyText.print(record.key()) : "",
            record.valueLength(),
            intact));
  }

  private String bucket(RecordCursor record) {
    boolean ofUser = record.type() <= RecordLayout.PURGE && record.bucket() != Bucket.DIRECTORY;
    return ofUser ? names.of(record.bucket()) : "";
  }

  private static String operation(int type) {
    return switch (type) {
      case RecordLayout.PUT -> "put";
      case RecordLayout.DELETE -> "delete";
      case RecordLayout.EXPIRE -> "expire";
      case RecordLayout.PURGE -> "purge";
      case RecordLayout.MARK -> "mark";
      case RecordLayout.ERASED -> "erased";
      default -> String.format(Locale.ROOT, "type-%d", type);
    };
  }
}
