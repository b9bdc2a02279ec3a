package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.KvMaintenance;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Verification, compaction and backup of an open store. */
final class Maintenance implements KvMaintenance {
  private final Store store;
  private final Engine engine;

  Maintenance(Store store) {
    this.store = store;
    this.engine = store.engine;
  }

  @Override
  public Verification verify() {
    engine.checkOpen();
    var damages = new ArrayList<String>();
    long[] totals = new long[2];
    try {
      verify(damages, totals);
    } catch (InternalError e) {
      damages.add(
          engine.directory.location()
              + ": the device does not give a page, and what comes after it was not checked: "
              + e);
    }
    return new Verification(totals[0], totals[1], damages);
  }

  private void verify(List<String> damages, long[] totals) {
    for (Segment segment : engine.log.state()) {
      verify(segment, damages, totals);
    }
    for (Segment segment : engine.log.wal()) {
      verify(segment, damages, totals);
    }
    verifyCurrent(damages);
    if (!engine.runs.verify()) {
      damages.add(order("the ordered index is damaged"));
    } else {
      verifyOrder(damages);
    }
  }

  /** Scans give the keys that are in order, and point reads those of the index. */
  private void verifyOrder(List<String> damages) {
    try {
      engine.order.await();
      new OrderCheck(engine).run().forEach(what -> damages.add(order(what)));
    } catch (KvException.Corrupted e) {
      damages.add(order("keys cannot be put in order: " + e.getMessage()));
    }
  }

  private String order(String what) {
    return engine.directory.location() + "/last_state/keys-*: " + what;
  }

  private void verify(Segment segment, List<String> damages, long[] totals) {
    RecordCursor record =
        new RecordCursor(segment, SegmentLayout.HEADER_BYTES, true, Scratch.get());
    long end = segment.end();
    try {
      while (record.next(end)) {
        totals[0]++;
        totals[1] += record.size();
      }
      boolean tooShort = record.offset() < end && segment.kind == SegmentLayout.WAL;
      if (record.stop() == RecordCursor.Stop.BAD || tooShort) {
        damages.add(damage(segment, record.offset(), "a record does not match its checksum"));
      }
    } catch (InternalError e) {
      damages.add(damage(segment, record.offset(), "the device does not give a page: " + e));
    } catch (IllegalStateException e) {
      // Compacted away meanwhile: what is still current of it stands in a newer segment.
      engine.checkOpen();
    }
  }

  private String damage(Segment segment, long offset, String what) {
    String path = engine.directory.location() + "/" + segment.name();
    return path + " at offset " + offset + ": " + what;
  }

  /** Zeros at the end of a file look like its end, but not to the index. */
  private void verifyCurrent(List<String> damages) {
    engine.index.forEach(position -> {
      try {
        verifyCurrent(engine.log.at(position), Segment.offset(position), damages);
      } catch (Log.SegmentGone | IllegalStateException e) {
        // Compacted away meanwhile.
        engine.checkOpen();
      }
    });
  }

  private void verifyCurrent(Segment segment, long offset, List<String> damages) {
    MemorySegment memory = segment.memory();
    if (offset + RecordLayout.HEADER_BYTES > memory.byteSize()
        || RecordLayout.lengths(memory, offset) == 0) {
      damages.add(damage(segment, offset, "a current record is gone"));
    }
  }

  @Override
  public void compact() {
    engine.checkOpen();
    if (engine.settings.readOnly()) {
      throw new KvException.Unsupported(
          engine.directory.location()
              + " is open read-only; open it without read_only to compact it");
    }
    store.compaction.all();
  }

  @Override
  public void backup(Path directory) {
    engine.checkOpen();
    Backup.write(store, directory);
  }
}
