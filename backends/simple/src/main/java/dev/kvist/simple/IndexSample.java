package dev.kvist.simple;

import dev.kvist.Connection;
import dev.kvist.KvEntry;
import dev.kvist.Kvist;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A random sample of the live entries: the entries of neighbouring pages of the hash index, since a
 * hash has nothing to do with what is hashed. Of each just header and key are read. For one thread.
 */
final class IndexSample {
  /** At so many cursors a page begins, however often pages were split. */
  private static final int BEGINNINGS = 1 << IndexLayout.MIN_DEPTH;

  private static final int BETWEEN = 1 << (IndexLayout.MAX_DEPTH - IndexLayout.MIN_DEPTH);

  private final Engine engine;
  private final int most;
  private final Connection.Sample to;
  private final Map<Integer, String> names = new HashMap<>();
  private int given;

  IndexSample(Engine engine, int most, Connection.Sample to) {
    this.engine = engine;
    this.most = most;
    this.to = to;
    for (KvEntry definition : ScanPages.directory(engine)) {
      String name = Kvist.utf8(definition.key());
      names.put(Bucket.read(name, definition.value()).id, name);
    }
  }

  /** Gives them; returns how many. */
  int run() {
    int begin = ThreadLocalRandom.current().nextInt(BEGINNINGS) * BETWEEN;
    int cursor = begin;
    boolean around = false;
    while (given < most && !(around && cursor >= begin)) {
      engine.checkOpen();
      cursor = engine.index.forEachFrom(cursor, this::give);
      if (cursor == HashIndex.END) {
        cursor = 0;
        around = true;
      }
    }
    return given;
  }

  private void give(long position) {
    if (given >= most) {
      return;
    }
    try {
      Segment segment = engine.log.at(position);
      MemorySegment memory = segment.memory();
      long offset = Segment.offset(position);
      long lengths = RecordLayout.lengths(memory, offset);
      if (!RecordReader.headerIsIntact(segment, memory, offset, lengths, Scratch.get())) {
        return;
      }
      String bucket = names.get(RecordLayout.bucket(memory, offset));
      if (bucket != null && engine.isLive(memory, offset, lengths)) {
        byte[] key = new byte[RecordLayout.keyLength(lengths)];
        long from = offset + RecordLayout.keyStart(lengths);
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, from, key, 0, key.length);
        given++;
        to.entry(bucket, key, (long) key.length + RecordLayout.valueLength(lengths));
      }
    } catch (Log.SegmentGone | IllegalStateException e) {
      // Compaction was faster: another entry will do, and a closed store is found out soon.
    } catch (InternalError e) {
      throw engine.unreadable(e);
    }
  }
}
