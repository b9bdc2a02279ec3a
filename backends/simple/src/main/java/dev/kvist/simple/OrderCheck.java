package dev.kvist.simple;

import dev.kvist.KeyText;
import dev.kvist.spi.Quantity;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares the ordered keys with the index: every live key of one has to be in the other. What was
 * written meanwhile costs a second look at each key.
 */
final class OrderCheck {
  private final Engine engine;
  private long missing;

  /** Whether a record was moved away before it could be looked at. */
  private boolean moved;

  private String missed = "";

  OrderCheck(Engine engine) {
    this.engine = engine;
  }

  /**
   * What is wrong; nothing when all is well.
   *
   * @throws dev.kvist.KvException.Corrupted when the ordered keys are damaged
   */
  List<String> run() {
    long before = engine.counter();
    long ordered = engine.runs.countLive();
    long[] indexed = {0};
    engine.index.forEach(position -> {
      if (isValue(position)) {
        indexed[0]++;
      }
    });
    boolean quiet = engine.counter() == before && !moved;
    var wrong = new ArrayList<String>();
    if (ordered < indexed[0] || !quiet) {
      engine.index.forEach(this::look);
      if (missing > 0) {
        wrong.add(
            "the ordered index misses "
                + missing
                + (missing == 1 ? " key: " : " keys, one of which is ")
                + missed
                + "; ./kvist repair builds it anew");
      }
    } else if (ordered > indexed[0]) {
      wrong.add(
          "the ordered index finds "
              + ordered
              + " "
              + Quantity.noun(ordered, "key")
              + ", and the hash index has "
              + indexed[0]);
    }
    return wrong;
  }

  private boolean isValue(long position) {
    try {
      MemorySegment memory = engine.log.at(position).memory();
      long offset = Segment.offset(position);
      return offset + RecordLayout.HEADER_BYTES <= memory.byteSize()
          && RecordLayout.type(RecordLayout.lengths(memory, offset)) == RecordLayout.PUT;
    } catch (Log.SegmentGone | IllegalStateException e) {
      engine.checkOpen();
      moved = true;
      return false;
    }
  }

  private void look(long position) {
    try {
      Segment segment = engine.log.at(position);
      MemorySegment memory = segment.memory();
      long offset = Segment.offset(position);
      if (!isValue(position)) {
        return;
      }
      long lengths = RecordLayout.lengths(memory, offset);
      if (!RecordReader.headerIsIntact(segment, memory, offset, lengths, Scratch.get())) {
        return;
      }
      int bucket = RecordLayout.bucket(memory, offset);
      byte[] key = new byte[RecordLayout.keyLength(lengths)];
      long start = offset + RecordLayout.keyStart(lengths);
      MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, start, key, 0, key.length);
      if (!engine.runs.has(bucket, key) && isMissing(bucket, key)) {
        missing++;
        missed = KeyText.print(key);
      }
    } catch (Log.SegmentGone | IllegalStateException e) {
      // Compacted away meanwhile.
      engine.checkOpen();
    }
  }

  /** Whoever wrote the key may have been about to add it, and is through when the lock was free. */
  private boolean isMissing(int bucket, byte[] key) {
    engine.lock();
    try {
      long found = engine.index.find(engine.hash(bucket, key), bucket, key, engine.log);
      return found != HashIndex.NONE && isValue(found) && !engine.runs.has(bucket, key);
    } finally {
      engine.unlock();
    }
  }
}
