package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The segments of a directory that may be damaged, opened to be read: each with what can be told of
 * it, refused just when it is of a newer format.
 */
final class SegmentSource implements Closeable {
  private final LogDirectory directory;
  private final List<Segment> wal;
  private final List<Segment> state;
  private final List<Segment> headless = new ArrayList<>();
  private final List<Segment> recordless = new ArrayList<>();
  private final List<Segment> strays = new ArrayList<>();
  private boolean oursForSure;
  private long newestId;

  private SegmentSource(LogDirectory directory) throws IOException {
    this.directory = directory;
    this.wal = new ArrayList<>();
    this.state = new ArrayList<>();
    boolean opened = false;
    try {
      open(Log.STATE_FOLDER, SegmentLayout.STATE);
      open(Log.WAL_FOLDER, SegmentLayout.WAL);
      sortOutStrays();
      opened = true;
    } finally {
      if (!opened) {
        close();
      }
    }
    wal.sort(Comparator.comparingLong(segment -> segment.id));
    state.sort(Comparator.comparingLong(segment -> segment.id));
    for (Segment segment : StoreFiles.takeCutOff(wal)) {
      segment.close();
    }
  }

  /**
   * Opens what is there.
   *
   * @throws KvException.Unsupported when there are segments, and none can be told to be Kvist's
   */
  static SegmentSource open(LogDirectory directory) throws IOException {
    StoreFiles.refuseForeign(directory);
    var source = new SegmentSource(directory);
    if (!source.oursForSure && !(source.headless.isEmpty() && source.strays.isEmpty())) {
      source.close();
      throw new KvException.Unsupported(
          directory.location() + " holds nothing that Kvist wrote; nothing was touched");
    }
    return source;
  }

  private void open(String folder, int kind) throws IOException {
    for (String path : directory.list(folder)) {
      if (Spares.id(path) >= 0) {
        try {
          add(directory.open(path, false), kind);
        } catch (NoSuchFileException e) {
          // Compacted away since, by a store that is open.
        }
      }
    }
  }

  private void add(LogFile file, int kind) throws IOException {
    boolean kept = false;
    try {
      kept = file.memory().byteSize() > 0 && sort(file, kind);
    } finally {
      if (!kept) {
        file.close();
      }
    }
  }

  /** False when it is a spare. */
  private boolean sort(LogFile file, int folderKind) {
    long id = Spares.id(file.name());
    if (SegmentLayout.hasMagic(file.memory()) && SegmentLayout.isIntact(file.memory())) {
      int generation = SegmentLayout.generation(file.memory());
      if (generation > SegmentLayout.GENERATION) {
        throw new KvException.FormatTooNew(
            directory.location() + "/" + file.name(), generation, SegmentLayout.GENERATION);
      }
      if (SegmentLayout.id(file.memory()) == id && id <= Segment.MAX_ID) {
        oursForSure = true;
        newestId = Math.max(newestId, id);
        place(new Segment(file));
        return true;
      }
    }
    Segment segment = new Segment(file, folderKind, id);
    boolean hasRecord = new SalvageProbe(segment).findsRecord();
    if (!hasRecord && SegmentLayout.isBlank(file.memory())) {
      return false;
    }
    oursForSure |= hasRecord;
    headless.add(segment);
    if (hasRecord) {
      newestId = Math.max(newestId, id);
    } else {
      recordless.add(segment);
    }
    place(segment);
    return true;
  }

  private void place(Segment segment) {
    (segment.kind == SegmentLayout.WAL ? wal : state).add(segment);
  }

  /** The name alone says that they are part of the log, and it cannot be right. */
  private void sortOutStrays() {
    Set<Integer> slots = new HashSet<>();
    for (List<Segment> each : List.of(wal, state)) {
      for (Segment segment : each) {
        if (!recordless.contains(segment)) {
          slots.add(Segment.slotOf(segment.id));
        }
      }
    }
    for (Segment segment : recordless) {
      if (segment.id > Segment.MAX_ID || !slots.add(Segment.slotOf(segment.id))) {
        (segment.kind == SegmentLayout.WAL ? wal : state).remove(segment);
        headless.remove(segment);
        strays.add(segment);
      }
    }
  }

  /** Whether a stray is a copy of a segment that is there under its own name. */
  boolean isCopy(Segment stray) {
    MemorySegment memory = stray.memory();
    if (!SegmentLayout.hasMagic(memory) || !SegmentLayout.isIntact(memory)) {
      return false;
    }
    for (Segment segment : SegmentLayout.kind(memory) == SegmentLayout.WAL ? wal : state) {
      if (segment.id == SegmentLayout.id(memory)
          && segment.storeId == SegmentLayout.storeId(memory)
          && segment.capacity() >= stray.capacity()) {
        return true;
      }
    }
    return false;
  }

  /** Looks for one record that says of what kind the bytes are. */
  private record SalvageProbe(Segment segment) {
    boolean findsRecord() {
      if (segment.capacity() < SegmentLayout.HEADER_BYTES) {
        return false;
      }
      var cursor = new SalvageCursor(segment);
      while (true) {
        switch (cursor.next()) {
          case RECORD, BAD_VALUE -> {
            return true;
          }
          case BAD_BYTES -> {}
          case END -> {
            return false;
          }
        }
      }
    }
  }

  List<Segment> wal() {
    return wal;
  }

  List<Segment> state() {
    return state;
  }

  /** Those without an intact header. */
  List<Segment> headless() {
    return headless;
  }

  /** That of the store; null when no segment says it. */
  @Nullable Long storeId() {
    for (List<Segment> each : List.of(wal, state)) {
      for (Segment segment : each) {
        if (!headless.contains(segment)) {
          return segment.storeId;
        }
      }
    }
    return null;
  }

  /** Those that are in none of the lists, since they cannot be where their name says. */
  List<Segment> strays() {
    return strays;
  }

  /** The greatest id of a file that its header or a record in it confirms. */
  long newestId() {
    return newestId;
  }

  @Override
  public void close() throws IOException {
    for (Segment segment : wal) {
      segment.close();
    }
    for (Segment segment : state) {
      segment.close();
    }
    for (Segment segment : strays) {
      segment.close();
    }
  }
}
