package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvist.tck.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is in a log, by applying its records one after the other to a map. */
final class AppliedLog {
  private record Key(int bucket, Bytes key) {}

  private record Current(long position, long counter, long lengths) {}

  private final Map<Key, Current> newest = new HashMap<>();
  private long records;
  private long counter;
  private long newestMillis;
  private long purgedTo;
  private int nextBucket = 1;
  private boolean deadlines;

  AppliedLog(Log log) {
    for (Segment segment : log.state()) {
      RecordCursor record = cursor(segment);
      while (record.next(segment.capacity())) {
        apply(segment, record.offset());
      }
    }
    var batch = new ArrayList<Long>();
    for (Segment segment : log.wal()) {
      batch.clear();
      RecordCursor record = cursor(segment);
      while (record.next(segment.capacity())) {
        newestMillis = Math.max(newestMillis, record.writtenAt());
        batch.add(record.offset());
        if (!record.has(RecordLayout.MORE)) {
          batch.forEach(offset -> apply(segment, offset));
          batch.clear();
          counter = record.counter();
        }
      }
    }
  }

  private static RecordCursor cursor(Segment segment) {
    return new RecordCursor(segment, SegmentLayout.HEADER_BYTES, true, Scratch.own());
  }

  private void apply(Segment segment, long offset) {
    RecordCursor record = new RecordCursor(segment, offset, false, Scratch.own());
    record.next(segment.capacity());
    records++;
    if (record.type() > RecordLayout.PURGE) {
      return;
    }
    deadlines |= record.has(RecordLayout.DEADLINE);
    if (record.type() == RecordLayout.PURGE) {
      purgedTo = Math.max(purgedTo, record.counter());
    }
    if (record.bucket() == Bucket.DIRECTORY && record.type() == RecordLayout.PUT) {
      nextBucket = Math.max(nextBucket, Bucket.read("", record.storedValue()).id + 1);
    }
    long lengths = RecordLayout.lengths(segment.memory(), offset);
    newest.merge(
        new Key(record.bucket(), Bytes.of(record.key())),
        new Current(record.position(), record.counter(), lengths),
        (before, now) -> before.counter > now.counter ? before : now);
  }

  void assertSame(Engine engine, Recovery recovery) {
    long live = 0;
    long liveBytes = 0;
    long recordBytes = 0;
    for (Map.Entry<Key, Current> entry : newest.entrySet()) {
      int bucket = entry.getKey().bucket;
      byte[] key = entry.getKey().key.array();
      long found = engine.index.find(engine.hash(bucket, key), bucket, key, engine.log);
      Current current = entry.getValue();
      assertEquals(current.position, found, () -> "the position of " + entry.getKey());
      recordBytes += RecordLayout.size(current.lengths);
      if (RecordLayout.type(current.lengths) == RecordLayout.PUT) {
        live++;
        liveBytes += key.length + RecordLayout.valueLength(current.lengths);
      }
    }
    Tally tally = engine.tally;
    assertEquals(newest.size(), engine.index.size(), "entries");
    assertEquals(
        List.of(live, liveBytes, recordBytes),
        List.of(tally.live(), tally.liveBytes(), tally.recordBytes()),
        "live, their bytes, bytes of records");
    assertEquals(
        List.of(purgedTo, (long) nextBucket, deadlines),
        List.of(tally.purgedTo(), (long) tally.nextBucket(), tally.hasDeadlines()),
        "purged to, next bucket, deadlines");
    assertEquals(
        List.of(records, counter, newestMillis),
        List.of(recovery.records(), recovery.counter(), recovery.newestMillis()),
        "records, counter, time");
  }
}
