package dev.kvist.bucket;

import dev.kvist.KvException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what a Bloom filter derives from its journal: segments, and the chunks of its bits.
 *
 * <p>With each segment one chunk is written, in turns. So chunks cost no more writing than
 * segments, no add waits for all of them, and an open reads no more segments than there are chunks.
 * Each chunk has its own generation, so that they need not be written together. Safe for many
 * threads.
 */
final class BloomChunks {
  private static final Logger LOG = LoggerFactory.getLogger(BloomFilter.class);

  private final BloomShape shape;
  private final BloomLayout layout;
  private final BloomBucket bucket;
  private final BloomBits bits;
  private final BloomSequences sequences;
  private final BloomJournal journal;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean parametersStored;
  private int nextChunk;

  BloomChunks(
      BloomShape shape,
      BloomBucket bucket,
      BloomBits bits,
      BloomSequences sequences,
      BloomJournal journal,
      boolean parametersStored) {
    this.shape = shape;
    this.layout = new BloomLayout(shape);
    this.bucket = bucket;
    this.bits = bits;
    this.sequences = sequences;
    this.journal = journal;
    this.parametersStored = parametersStored;
  }

  /** Writes the parameters when there are none, before anything that needs them. */
  void ensureParameters() {
    if (parametersStored) {
      return;
    }
    lock.lock();
    try {
      byte[] key = BloomLayout.shapeKey();
      if (!parametersStored && bucket.putOver(key, parameters(key), null) == null) {
        byte @Nullable [] there = bucket.get(key);
        if (there == null || layout.readBlock(key, there) == null) {
          throw sequences.fail(BloomFilter.ownedElsewhere());
        }
      }
      parametersStored = true;
    } finally {
      lock.unlock();
    }
  }

  private byte[] parameters(byte[] key) {
    return layout.block(key, new BloomBlock(bucket.owner(), 0));
  }

  /** Folds what is full. What fails is tried again when the room is needed. */
  void fold() {
    try {
      int folded = sequences.foldAll(journal::fold, true);
      for (int i = 0; i < folded && lock.tryLock(); i++) {
        try {
          write(nextChunk);
          nextChunk = (nextChunk + 1) % shape.chunks();
        } finally {
          lock.unlock();
        }
      }
    } catch (KvException e) {
      // The item that was just added is in the journal, so its add has not failed.
      LOG.warn(
          "{} could not be written on, which is tried again: {}",
          BloomFilter.WHERE,
          e.getMessage());
    }
  }

  private void write(int chunk) {
    // Before the bits are read: all items below it are in them.
    long generation = sequences.complete();
    byte[] key = BloomLayout.chunkKey(chunk);
    boolean written = false;
    try {
      long[] words = bits.takeChunk(chunk);
      bucket.put(key, layout.block(key, new BloomBlock(bucket.owner(), generation, words)));
      written = true;
    } finally {
      if (!written) {
        bits.untake(chunk);
      }
    }
  }

  /** Writes what an open repaired, before anything is added. */
  void writeRepaired(BloomRecovery recovery) {
    lock.lock();
    try {
      recovery
          .rebuiltSegments()
          .forEach((segment, block) -> {
            byte[] key = BloomLayout.segmentKey(segment);
            bucket.put(key, layout.block(key, block));
          });
      for (BloomSlot mark : recovery.marks()) {
        byte[] key = BloomLayout.slotKey((int) (mark.sequence() % shape.slots()));
        bucket.put(key, layout.slot(key, mark));
      }
      recovery.repaired().stream().forEach(this::write);
      // Last, so that what is lost with them is marked before they can be read again.
      if (!parametersStored) {
        byte[] key = BloomLayout.shapeKey();
        bucket.put(key, parameters(key));
        parametersStored = true;
      }
    } catch (KvException.Unsupported e) {
      LOG.warn("{} is repaired in memory only: {}", BloomFilter.WHERE, e.getMessage());
    } finally {
      lock.unlock();
    }
  }

  /** Writes the chunks that changed. They are derived, so a failure costs time at the next open. */
  void writeChanged() {
    lock.lock();
    try {
      for (int chunk = 0; chunk < shape.chunks(); chunk++) {
        if (bits.changed(chunk)) {
          write(chunk);
        }
      }
    } catch (KvException e) {
      LOG.warn(
          "{} could not write its bits, and puts them together again when it is opened: {}",
          BloomFilter.WHERE,
          e.getMessage());
    } finally {
      lock.unlock();
    }
  }
}
