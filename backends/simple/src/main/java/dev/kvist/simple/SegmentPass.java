package dev.kvist.simple;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Reads a segment once, checks every record, and gathers its changes; what else recovery has to
 * know of them is counted on the way, while they are in the cache. By one thread, and then read by
 * another.
 *
 * <p>In the write-ahead log the records go on by counters from the one in the segment's header, and
 * a batch is left out that does not end in the segment. State segments hold neither.
 */
final class SegmentPass {
  final Segment segment;
  private final long limit;
  private final boolean isWal;
  private final long seed;
  private final List<ChangeBlock> blocks = new ArrayList<>();
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  private long end = SegmentLayout.HEADER_BYTES;
  private long counter;
  private long newestMillis;
  private long provenAddress;
  private RecordCursor.Stop stop = RecordCursor.Stop.NONE;
  private final List<Long> inventories = new ArrayList<>();

  private long records;
  private long values;
  private long valueBytes;
  private long recordBytes;
  private long purgedTo;
  private int nextBucket;
  private boolean sawDeadline;

  /**
   * @param limit up to where records may reach
   * @param seed that of the index
   */
  SegmentPass(Segment segment, long limit, long seed) {
    this.segment = segment;
    this.limit = limit;
    this.isWal = segment.kind == SegmentLayout.WAL;
    this.seed = seed;
  }

  /** What a thread gathers in before it is sorted. */
  static final class Buffer {
    private final ChangeMemory memory;
    private final long[] changes;
    private int count;

    Buffer(ChangeMemory memory) {
      this.memory = memory;
      this.changes = new long[2 * memory.blockChanges()];
    }

    private void add(long hash, long position, List<ChangeBlock> blocks) {
      changes[2 * count] = hash;
      changes[2 * count + 1] = position;
      if (++count == memory.blockChanges()) {
        sort(blocks);
      }
    }

    private void sort(List<ChangeBlock> blocks) {
      if (count > 0) {
        blocks.add(new ChangeBlock(changes, count, memory.take()));
        count = 0;
      }
    }
  }

  /** Reads; whatever happens is told by {@link #await}. */
  void run(Buffer buffer) {
    try {
      buffer.count = 0;
      long read = read(limit, buffer);
      if (read > end) {
        // The records of a batch that is not whole were gathered too: it is the last one of the
        // log, so that this is done once.
        long whole = end;
        forget(buffer);
        read(whole, buffer);
      }
      buffer.sort(blocks);
      done.complete(null);
    } catch (Throwable e) {
      done.completeExceptionally(e);
    }
  }

  boolean isDone() {
    return done.isDone();
  }

  /** Waits until it was read; an interrupt does not cut that short. */
  void await() {
    try {
      done.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }

  private void forget(Buffer buffer) {
    buffer.count = 0;
    blocks.forEach(block -> block.giveBack(buffer.memory));
    blocks.clear();
    records = 0;
    values = 0;
    valueBytes = 0;
    recordBytes = 0;
    purgedTo = 0;
    nextBucket = 0;
    sawDeadline = false;
  }

  /** Returns behind the last record that is intact and next. */
  private long read(long limit, Buffer buffer) {
    RecordCursor record =
        new RecordCursor(segment, SegmentLayout.HEADER_BYTES, true, Scratch.get());
    long read = SegmentLayout.HEADER_BYTES;
    long last = isWal ? segment.firstCounter - 1 : 0;
    counter = last;
    end = read;
    inventories.clear();
    while (record.next(limit)) {
      long here = record.counter();
      if (isWal) {
        if (here != last + 1) {
          break;
        }
        prove(record);
      }
      last = here;
      read = record.following();
      records++;
      if (record.isChange()) {
        note(record, here);
        buffer.add(record.hash(seed), record.position(), blocks);
      } else if (InventoryCheck.isInventory(record)) {
        inventories.add(record.offset());
      }
      if (!isWal || !record.has(RecordLayout.MORE)) {
        end = read;
        counter = isWal ? here : record.isChange() ? Math.max(counter, here) : counter;
      }
    }
    stop = record.stop();
    return read;
  }

  private void prove(RecordCursor record) {
    newestMillis = Math.max(newestMillis, record.writtenAt());
    long address = segment.addressOf(record.offset());
    provenAddress = Math.max(provenAddress, RecordLayout.claimed(address, record.claim()));
  }

  private void note(RecordCursor record, long counter) {
    recordBytes += record.size();
    int type = record.type();
    if (type == RecordLayout.PUT) {
      values++;
      valueBytes += record.keyLength() + record.valueLength();
      if (record.bucket() == Bucket.DIRECTORY) {
        nextBucket = Math.max(nextBucket, Bucket.read("", record.storedValue()).id + 1);
      }
    } else if (type == RecordLayout.PURGE) {
      purgedTo = Math.max(purgedTo, counter);
    }
    sawDeadline |= record.has(RecordLayout.DEADLINE);
  }

  /** Adds what was counted, as if every change were of another key. */
  void addTo(Tally tally) {
    tally.add(values, valueBytes, recordBytes);
    if (purgedTo > 0) {
      tally.purgedTo(Math.max(tally.purgedTo(), purgedTo));
    }
    if (nextBucket > 0) {
      tally.nextBucket(Math.max(tally.nextBucket(), nextBucket));
    }
    if (sawDeadline) {
      tally.sawDeadline();
    }
  }

  /** The changes, as they stand in the log. */
  List<ChangeBlock> blocks() {
    return blocks;
  }

  /** Behind the last record that counts. */
  long end() {
    return end;
  }

  /** The counter of the last record that counts; of a state segment, of its newest change. */
  long counter() {
    return counter;
  }

  /** Why no record follows. */
  RecordCursor.Stop stop() {
    return stop;
  }

  /** The offsets of the marks that hold an inventory. */
  List<Long> inventories() {
    return inventories;
  }

  /** How many records count. */
  long records() {
    return records;
  }

  /** The newest time in any intact record. */
  long newestMillis() {
    return newestMillis;
  }

  /** Up to which log address intact records say that all is on the device. */
  long provenAddress() {
    return provenAddress;
  }
}
