package dev.kvist.simple;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** How {@link KeyRuns} reads the keys that the log holds. */
final class LogKeys implements KeySource {
  private volatile @Nullable Engine engine;
  private volatile @Nullable Committer committer;

  void attach(Engine engine) {
    this.engine = engine;
  }

  void attach(Committer committer) {
    this.committer = committer;
  }

  private Engine engine() {
    return java.util.Objects.requireNonNull(engine);
  }

  @Override
  public void read(long position, KeyBatch batch) {
    try {
      Segment segment = engine().log.at(position);
      MemorySegment memory = segment.memory();
      long offset = Segment.offset(position);
      long lengths = RecordLayout.lengths(memory, offset);
      if (!RecordReader.headerIsIntact(segment, memory, offset, lengths, Scratch.get())) {
        throw engine().damaged(segment, offset);
      }
      if (RecordLayout.type(lengths) == RecordLayout.PUT) {
        batch.add(
            RecordLayout.bucket(memory, offset),
            memory,
            offset + RecordLayout.keyStart(lengths),
            RecordLayout.keyLength(lengths));
      }
    } catch (Log.SegmentGone | IllegalStateException e) {
      // Compaction freezes what was added before it drops a segment, so the key is in a run, or
      // dead.
    }
  }

  @Override
  public boolean isLive(int bucket, byte[] buffer, int offset, int length) {
    byte[] key = Arrays.copyOfRange(buffer, offset, offset + length);
    Engine reader = engine();
    long hash = reader.hash(bucket, key);
    while (true) {
      try {
        long position = reader.index.find(hash, bucket, key, reader.log);
        if (position == HashIndex.NONE) {
          return false;
        }
        MemorySegment memory = reader.log.at(position).memory();
        return RecordLayout.type(RecordLayout.lengths(memory, Segment.offset(position)))
            == RecordLayout.PUT;
      } catch (Log.SegmentGone | IllegalStateException e) {
        reader.checkOpen();
      }
    }
  }

  @Override
  public void force() throws IOException {
    Committer syncing = committer;
    if (syncing != null) {
      syncing.sync(true);
    }
  }
}
