package dev.kvist.simple;

import dev.kvist.KvException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies what a log holds to an index: all of it when there is no index to be believed, else what
 * lies behind the mark up to which the index is in step; and finds where the log ends (K9).
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final Engine engine;
  private final Log log;
  private final HashIndex index;
  private final Tally tally;
  private final Scratch scratch = Scratch.get();

  /** What makes a new index; null where there is one that is just behind. */
  private @Nullable Rebuild rebuild;

  private long counter;
  private long counterOfState;
  private long provenAddress;
  private long newestMillis;
  private long records;
  private long cutBytes;
  private final List<String> cutOff = new ArrayList<>();
  private final InventoryCheck inventory;

  /** Those with something behind their end that is no part of them. */
  private final List<Segment> torn = new ArrayList<>();

  private record Rebuild(SegmentPasses passes, IndexFiller filler) {}

  /**
   * @param foundAtMillis when the files were looked for, where an owner may have made others since;
   *     else {@link Long#MAX_VALUE}
   */
  Recovery(Engine engine, long foundAtMillis) {
    this.engine = engine;
    this.inventory = new InventoryCheck(foundAtMillis);
    this.log = engine.log;
    this.index = engine.index;
    this.tally = engine.tally;
  }

  /** The counter of the newest record. */
  long counter() {
    return counter;
  }

  /** The newest time in what was read. */
  long newestMillis() {
    return newestMillis;
  }

  /** Up to which log address the records say that all is on the device. */
  long provenAddress() {
    return provenAddress;
  }

  long records() {
    return records;
  }

  /** The segments behind the end of the log, which are closed. */
  List<String> cutOff() {
    return cutOff;
  }

  /** Bytes behind the end of the log that are no part of it. */
  long cutBytes() {
    return cutBytes;
  }

  // --- the whole log ----------------------------------------------------------------------------

  /**
   * Builds the index from every segment.
   *
   * @param processors how many threads may read
   */
  void readAll(int processors) throws IOException {
    readAll(processors, ChangeMemory.DEFAULT_BLOCK_CHANGES, IndexFiller.DEFAULT_BATCH_CHANGES);
  }

  /**
   * The same.
   *
   * @param blockChanges how many changes are sorted at once
   * @param batchChanges how many are gathered before they go into the index
   */
  void readAll(int processors, int blockChanges, int batchChanges) throws IOException {
    Segment[] wal = log.wal();
    List<SegmentPass> all = new ArrayList<>();
    for (Segment segment : log.state()) {
      all.add(new SegmentPass(segment, segment.capacity(), index.seed()));
    }
    for (int i = 0; i < wal.length; i++) {
      all.add(new SegmentPass(wal[i], Math.min(endOf(wal, i), wal[i].capacity()), index.seed()));
    }
    try (ChangeMemory memory = new ChangeMemory(blockChanges);
        SegmentPasses passes = new SegmentPasses(all, memory, processors)) {
      var filler = new IndexFiller(log, index, tally, memory, batchChanges);
      rebuild = new Rebuild(passes, filler);
      for (Segment segment : log.state()) {
        SegmentPass pass = passes.take();
        filler.add(pass);
        endState(segment, pass);
      }
      if (log.state().length > 0) {
        tally.compactedTo(counterOfState);
      }
      readWal(wal, 0, SegmentLayout.HEADER_BYTES);
      filler.fill();
    }
    if (counterOfState > counter) {
      // It was on the device in the log before it was copied to the state.
      throw new KvException.Corrupted(
          log.directory.location() + "/" + Log.WAL_FOLDER,
          0,
          "the end of the log is missing: there are newer records in " + Log.STATE_FOLDER);
    }
    inventory.check(log);
    markEnd();
  }

  /** All is applied up to the end of the log, which may have been cut. */
  private void markEnd() throws IOException {
    // Not before all was found to be right: a repair may make something of it.
    for (Segment segment : torn) {
      log.end(segment, segment.end(), !engine.settings.readOnly());
    }
    Segment[] wal = log.wal();
    tally.store(
        wal.length == 0 ? 0 : Log.markOf(wal[wal.length - 1].id, wal[wal.length - 1].end()));
  }

  /** State was forced before what it was copied from went, so only its unforced end may be torn. */
  private void endState(Segment segment, SegmentPass pass) {
    long end = pass.end();
    records += pass.records();
    counterOfState = Math.max(counterOfState, pass.counter());
    inventory.add(segment, pass.inventories());
    segment.end(end);
    if (pass.stop() == RecordCursor.Stop.BAD) {
      Tail tail = Tail.behind(segment, end, scratch);
      if (tail.claimedOffset() > end) {
        throw damaged(segment, end);
      }
      LOG.warn(
          "{}: {} has an unfinished end of {} bytes, which was not in use",
          log.directory.location(),
          segment.name(),
          tail.bytes());
      // Else it would be damage at the next open that believes the index.
      torn.add(segment);
    }
  }

  // --- the write-ahead log ----------------------------------------------------------------------

  /**
   * Goes on behind the applied mark of an index that is otherwise whole.
   *
   * @param clean whether it was closed cleanly: all was on the device then, without a gap, so that
   *     what is not right behind the mark is nowhere
   */
  void readBehind(long mark, boolean clean) throws IOException {
    Segment[] wal = log.wal();
    long id = Log.markedSegment(mark);
    long offset = Log.markedOffset(mark);
    for (int i = 0; i < wal.length; i++) {
      if (wal[i].id == id && clean && i + 1 == wal.length && endsAt(wal[i], offset)) {
        counter = counterBefore(wal[i], offset);
        wal[i].end(offset);
        return;
      }
      if (wal[i].id == id) {
        readWal(wal, i, offset);
        markEnd();
        return;
      }
    }
    throw new KvException.Corrupted(
        log.directory.location() + "/" + Spares.name(Log.WAL_FOLDER, id),
        0,
        "the segment up to which the index is in step is missing");
  }

  /** Whether no record begins at an offset. */
  private static boolean endsAt(Segment segment, long offset) {
    long to = Math.min(offset + RecordLayout.HEADER_BYTES, segment.capacity());
    return offset <= segment.capacity() && Zeros.end(segment.memory(), offset, to) == to;
  }

  private void readWal(Segment[] wal, int first, long from) throws IOException {
    for (int i = first; i < wal.length; i++) {
      Segment segment = wal[i];
      long start = i == first ? from : SegmentLayout.HEADER_BYTES;
      boolean sealed = i + 1 < wal.length;
      long end = endOf(wal, i);
      if (i == first) {
        counter = counterBefore(segment, from);
      } else if (segment.firstCounter != counter + 1) {
        cut(wal, i - 1, wal[i - 1].end());
        return;
      }
      long read = readSegment(segment, start, Math.min(end, segment.capacity()));
      segment.end(read);
      if (read < end && (sealed || restHolds(segment, read))) {
        cut(wal, i, read);
        return;
      }
    }
  }

  /** Where a segment ends, by what the next one says. */
  private static long endOf(Segment[] wal, int at) {
    return at + 1 < wal.length ? wal[at + 1].address - wal[at].address : wal[at].capacity();
  }

  /** The counter of the record that ends at an offset. */
  private long counterBefore(Segment segment, long offset) {
    RecordCursor record = new RecordCursor(segment, SegmentLayout.HEADER_BYTES, false, scratch);
    long last = segment.firstCounter - 1;
    while (record.following() < offset) {
      if (offset > segment.capacity() || !record.next(offset)) {
        throw damaged(segment, record.offset());
      }
      last = record.counter();
      prove(record);
    }
    return last;
  }

  private void prove(RecordCursor record) {
    newestMillis = Math.max(newestMillis, record.writtenAt());
    long address = record.segment.addressOf(record.offset());
    provenAddress = Math.max(provenAddress, RecordLayout.claimed(address, record.claim()));
  }

  /** Applies the records of a segment; returns where they end, before a batch that is not whole. */
  private long readSegment(Segment segment, long from, long limit) throws IOException {
    if (rebuild == null) {
      return readBehind(segment, from, limit);
    }
    SegmentPass pass = rebuild.passes.take();
    rebuild.filler.add(pass);
    records += pass.records();
    counter = pass.counter();
    inventory.add(segment, pass.inventories());
    newestMillis = Math.max(newestMillis, pass.newestMillis());
    provenAddress = Math.max(provenAddress, pass.provenAddress());
    return pass.end();
  }

  private long readBehind(Segment segment, long from, long limit) throws IOException {
    RecordCursor record = new RecordCursor(segment, from, true, scratch);
    long whole = from;
    long wholeCounter = counter;
    while (record.next(limit) && record.counter() == counter + 1) {
      counter++;
      prove(record);
      if (!record.has(RecordLayout.MORE)) {
        applyBehind(segment, whole, record.following());
        whole = record.following();
        wholeCounter = counter;
      }
    }
    counter = wholeCounter;
    return whole;
  }

  /** As a write does it, since recovery may be killed too. */
  private void applyBehind(Segment segment, long from, long to) throws IOException {
    RecordCursor record = new RecordCursor(segment, from, false, scratch);
    boolean begun = false;
    while (record.following() < to && record.next(to)) {
      begun |= record.isChange() && find(record) == record.position();
    }
    if (begun) {
      tally.adopt();
    } else {
      record.skipTo(from);
      while (record.following() < to && record.next(to)) {
        count(record);
      }
      tally.prepare();
    }
    record.skipTo(from);
    while (record.following() < to && record.next(to)) {
      point(record);
    }
    tally.commit(Log.markOf(segment.id, to));
  }

  private static boolean restHolds(Segment segment, long offset) {
    RecordCursor rest = new RecordCursor(segment, offset, false, Scratch.get());
    return rest.next(segment.capacity()) || rest.stop() == RecordCursor.Stop.BAD;
  }

  /**
   * The log ends at an offset: what lies beyond is a tail that never was acknowledged, or damage.
   */
  private void cut(Segment[] wal, int at, long offset) throws IOException {
    if (rebuild != null) {
      // What is behind will be closed.
      rebuild.passes.close();
    }
    Segment segment = wal[at];
    Tail tail = Tail.behind(segment, offset, scratch);
    inventory.add(segment, tail.inventories());
    long claimed = tail.claimedAddress();
    long bytes = tail.bytes();
    long wellFormed = tail.records();
    for (int i = at + 1; i < wal.length; i++) {
      Tail later = Tail.behind(wal[i], SegmentLayout.HEADER_BYTES, scratch);
      inventory.add(wal[i], later.inventories());
      claimed = Math.max(claimed, later.claimedAddress());
      bytes += later.bytes();
      wellFormed += later.records();
    }
    if (claimed > segment.addressOf(offset)) {
      throw damaged(segment, offset);
    }
    cutBytes = bytes;
    LOG.warn(
        "{}: cut {} bytes behind {} at offset {}, with {} well-formed records among them; they were not synced",
        log.directory.location(),
        bytes,
        segment.name(),
        offset,
        wellFormed);
    for (int i = wal.length - 1; i > at; i--) {
      log.remove(wal[i]);
      wal[i].close();
      cutOff.add(wal[i].name());
    }
    segment.end(offset);
    if (cutOff.isEmpty()) {
      // While others are there, they tell of an end that a shorter file would contradict.
      torn.add(segment);
    }
  }

  private KvException.Corrupted damaged(Segment segment, long offset) {
    return new KvException.Corrupted(
        log.directory.location() + "/" + segment.name(),
        offset,
        "no intact record is here, and what follows was on the device");
  }

  // --- one record -------------------------------------------------------------------------------

  private long find(RecordCursor record) {
    byte[] key = record.key();
    int bucket = record.bucket();
    return index.find(engine.hash(bucket, key), bucket, key, log);
  }

  private boolean isOlder(RecordCursor record, long found) {
    return RecordLayout.counter(log.at(found).memory(), Segment.offset(found)) > record.counter();
  }

  private void count(RecordCursor record) {
    if (!record.isChange()) {
      return;
    }
    long found = find(record);
    if (found != HashIndex.NONE) {
      if (found == record.position() || isOlder(record, found)) {
        return;
      }
      tally.count(RecordLayout.lengths(log.at(found).memory(), Segment.offset(found)), -1);
    }
    tally.count(RecordLayout.lengths(record.segment.memory(), record.offset()), 1);
  }

  private void point(RecordCursor record) throws IOException {
    records++;
    if (!record.isChange()) {
      return;
    }
    byte[] key = record.key();
    int bucket = record.bucket();
    long hash = engine.hash(bucket, key);
    long position = record.position();
    long found = index.find(hash, bucket, key, log);
    note(record, bucket);
    if (found == HashIndex.NONE) {
      index.put(hash, bucket, key, position, log);
    } else if (found != position && !isOlder(record, found)) {
      index.replace(hash, found, position);
    }
  }

  /** Also of a record that the index has: what it is noted in may have missed it in a kill. */
  private void note(RecordCursor record, int bucket) {
    if (record.has(RecordLayout.DEADLINE)) {
      tally.sawDeadline();
    }
    if (record.type() == RecordLayout.PURGE) {
      tally.purgedTo(Math.max(tally.purgedTo(), record.counter()));
    }
    if (bucket == Bucket.DIRECTORY && record.type() == RecordLayout.PUT) {
      int id = Bucket.read("", record.storedValue()).id;
      tally.nextBucket(Math.max(tally.nextBucket(), id + 1));
    }
  }

  /**
   * Checks that the files are there which an index that is to be believed knows of, and that none
   * is shorter than it was.
   *
   * @param mark up to which the index is in step: what is behind may be what a recovery cut off and
   *     did not come to delete
   * @throws KvException.Corrupted naming what is missing
   */
  static void checkFiles(Reach index, Log log, long mark) {
    Segment[] wal = log.wal();
    for (int i = 0; i + 1 < wal.length && wal[i].id < Log.markedSegment(mark); i++) {
      long end = wal[i + 1].address - wal[i].address;
      if (end < SegmentLayout.HEADER_BYTES || end > wal[i].capacity()) {
        throw new KvException.Corrupted(
            log.directory.location() + "/" + wal[i].name(),
            wal[i].capacity(),
            "the file is cut, or one behind it is missing");
      }
      wal[i].end(end);
    }
    for (int slot = 0; slot < Segment.SLOTS; slot++) {
      long offset = index.into(slot);
      if (offset != Reach.NOWHERE) {
        checkReach(log, slot, offset);
      }
    }
  }

  private static void checkReach(Log log, int slot, long offset) {
    @Nullable Segment segment = log.inSlot(slot);
    if (segment == null) {
      throw new KvException.Corrupted(
          log.directory.location(),
          offset,
          "a segment that holds live records is missing (number " + slot + ")");
    }
    if (offset + RecordLayout.HEADER_BYTES > segment.capacity()) {
      throw new KvException.Corrupted(
          log.directory.location() + "/" + segment.name(), segment.capacity(), "the file is cut");
    }
  }

  /** The newest id there is. */
  static long newestId(List<Segment> wal, List<Segment> state) {
    long newest = 0;
    for (Segment segment : wal) {
      newest = Math.max(newest, segment.id);
    }
    for (Segment segment : state) {
      newest = Math.max(newest, segment.id);
    }
    return newest;
  }
}
