package dev.kvist.simple;

import dev.kvist.KvException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/** How values become stored bytes. */
final class Values {
  private static final LZ4Compressor LZ4 = LZ4Factory.safeInstance().fastCompressor();

  private Values() {}

  /** Stores a value, which nobody else may change any more, as it is. */
  static void store(Op op, byte[] value) {
    op.stored = value;
    op.valueChecksum = Scratch.get().checksum(value, 0, value.length);
  }

  /** Stores a value compressed when it is over the threshold and that makes it smaller. */
  static void store(Op op, byte[] value, boolean pair, int threshold) {
    if (pair) {
      op.flags |= RecordLayout.PAIR;
    } else if (value.length >= threshold) {
      byte[] packed = new byte[Integer.BYTES + LZ4.maxCompressedLength(value.length)];
      int length = LZ4.compress(value, 0, value.length, packed, Integer.BYTES);
      if (Integer.BYTES + length < value.length) {
        MemorySegment.ofArray(packed).set(RecordLayout.INT, 0, value.length);
        op.flags |= RecordLayout.LZ4;
        store(op, Arrays.copyOf(packed, Integer.BYTES + length));
        return;
      }
    }
    // A caller that changes the array meanwhile must not get a record with a wrong checksum.
    store(op, value.clone());
  }

  /** Takes over the value that a key has, as it is stored. */
  static void takeOver(Op op, Segment segment, long position) {
    MemorySegment memory = segment.memory();
    long offset = Segment.offset(position);
    long lengths = RecordLayout.lengths(memory, offset);
    byte[] stored = new byte[RecordLayout.valueLength(lengths)];
    MemorySegment.copy(
        memory,
        ValueLayout.JAVA_BYTE,
        offset + RecordLayout.keyStart(lengths) + RecordLayout.keyLength(lengths),
        stored,
        0,
        stored.length);
    store(op, stored);
    if (op.valueChecksum != memory.get(RecordLayout.INT, offset + 4)) {
      throw new KvException.Corrupted(
          segment.name(), offset, "a value does not match its checksum");
    }
    op.flags = RecordLayout.flags(lengths) & (RecordLayout.PAIR | RecordLayout.LZ4);
  }
}
