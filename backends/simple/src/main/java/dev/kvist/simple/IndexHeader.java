package dev.kvist.simple;

import static dev.kvist.simple.IndexLayout.CHECKSUM_AT;
import static dev.kvist.simple.IndexLayout.CHUNKS_AT;
import static dev.kvist.simple.IndexLayout.CONDITION_AT;
import static dev.kvist.simple.IndexLayout.ENTRIES_AT;
import static dev.kvist.simple.IndexLayout.FIXED_CHECKSUM_AT;
import static dev.kvist.simple.IndexLayout.GENERATION_AT;
import static dev.kvist.simple.IndexLayout.MAGIC_AT;
import static dev.kvist.simple.IndexLayout.MARK_AT;
import static dev.kvist.simple.IndexLayout.PAGE_BYTES;
import static dev.kvist.simple.IndexLayout.SEED_AT;
import static dev.kvist.simple.IndexLayout.STATE_AT;
import static dev.kvist.simple.IndexLayout.STATE_FIELDS;
import static dev.kvist.simple.IndexLayout.STORE_AT;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The header page of an index: what it is, in which condition it was left, and the fields of the
 * engine.
 *
 * <p>The condition is one word, so that it changes in one store: either the index was closed
 * cleanly and its checksum holds, or it is being changed by the incarnation whose mark is there. An
 * incarnation is a boot of the machine and the identity of the file; as long as both are the same,
 * every store that was ever made into the mapping is still there.
 */
final class IndexHeader {
  /** Neither this nor {@link #UNTRACEABLE} is a code word, so that no incarnation has it. */
  private static final long CLEAN = 0x4B56495354434C4EL;

  private static final long UNTRACEABLE = 0x4B56495354444954L;

  private final IndexPages pages;

  IndexHeader(IndexPages pages) {
    this.pages = pages;
  }

  /** Writes the header of a new index, which is untraceable as yet. */
  void create(long seed, int mark, long storeId) {
    store(GENERATION_AT, IndexLayout.GENERATION);
    store(SEED_AT, seed);
    store(MARK_AT, Integer.toUnsignedLong(mark));
    store(STORE_AT, storeId);
    store(CONDITION_AT, UNTRACEABLE);
    CRC32C checksum = new CRC32C();
    ByteBuffer fixed = ByteBuffer.allocate(FIXED_CHECKSUM_AT).order(ByteOrder.LITTLE_ENDIAN);
    fixed
        .putLong(IndexLayout.MAGIC)
        .putLong(IndexLayout.GENERATION)
        .putLong(seed)
        .putLong(Integer.toUnsignedLong(mark))
        .putLong(storeId);
    checksum.update(fixed.flip());
    store(FIXED_CHECKSUM_AT, checksum.getValue());
    store(MAGIC_AT, IndexLayout.MAGIC);
  }

  /**
   * Checks that this is an index which this program can read.
   *
   * @param storeId that of the log: positions mean nothing in another one; null when none tells it
   */
  void checkFixed(@Nullable Long storeId) throws IndexUnusable {
    if (load(MAGIC_AT) != IndexLayout.MAGIC) {
      throw new IndexUnusable("it does not begin like an index");
    }
    // Of another generation not even the place of the checksum is known.
    if (load(GENERATION_AT) != IndexLayout.GENERATION) {
      throw new IndexUnusable(
          "its format generation is %d, this program knows %d"
              .formatted(load(GENERATION_AT), IndexLayout.GENERATION));
    }
    CRC32C checksum = new CRC32C();
    checksum.update(copy(), 0, FIXED_CHECKSUM_AT);
    if (load(FIXED_CHECKSUM_AT) != checksum.getValue()) {
      throw new IndexUnusable("the checksum of its header is wrong");
    }
    if (storeId != null && storeId() != storeId) {
      throw new IndexUnusable("it belongs to another store");
    }
  }

  /**
   * Decides how far the index can be believed.
   *
   * @return true when it was closed cleanly and every byte is as it was then; false when it was not
   *     closed, but lies in the same memory still
   */
  boolean checkCondition(@Nullable String bootId, @Nullable String identity) throws IndexUnusable {
    long condition = load(CONDITION_AT);
    if (condition != CLEAN) {
      long incarnation = incarnation(bootId, identity);
      if (condition != incarnation || incarnation == UNTRACEABLE) {
        throw new IndexUnusable(
            "it was not closed, and the machine was restarted or the file replaced since");
      }
      checkState();
      return false;
    }
    long chunkCount = load(CHUNKS_AT);
    if (chunkCount < 1 || chunkCount > pages.chunkCount()) {
      throw new IndexUnusable(
          "%d of its %d files are there".formatted(pages.chunkCount(), chunkCount));
    }
    if (load(CHECKSUM_AT) != checksum((int) chunkCount)) {
      throw new IndexUnusable("its checksum is wrong");
    }
    return true;
  }

  private void checkState() throws IndexUnusable {
    for (int field = 0; field < STATE_FIELDS; field++) {
      if (!IndexSlot.isValid(load(STATE_AT + (field * Long.BYTES)))) {
        throw new IndexUnusable("field %d of its header is damaged".formatted(field));
      }
    }
  }

  /** Says durably that the index is being changed from now on. */
  void markDirty(@Nullable String bootId, @Nullable String identity) throws IOException {
    store(CONDITION_AT, incarnation(bootId, identity));
    pages.forceHeader();
  }

  /** Makes everything durable, and then says so. */
  void markClean(long entries) throws IOException {
    store(CHUNKS_AT, pages.chunkCount());
    store(ENTRIES_AT, entries);
    pages.force();
    store(CHECKSUM_AT, checksum(pages.chunkCount()));
    store(CONDITION_AT, CLEAN);
    pages.forceHeader();
  }

  long seed() {
    return load(SEED_AT);
  }

  long storeId() {
    return load(STORE_AT);
  }

  int mark() {
    return (int) load(MARK_AT);
  }

  long entries() {
    return load(ENTRIES_AT);
  }

  long state(int field) {
    return IndexSlot.data(load(stateAt(field)));
  }

  void state(int field, long value) {
    if (value < 0 || value >= IndexSlot.DATA_LIMIT) {
      throw new IllegalArgumentException("a state field holds 0 to 2^57 - 1, not " + value);
    }
    store(stateAt(field), IndexSlot.encode(value));
  }

  private static int stateAt(int field) {
    if (field < 0 || field >= STATE_FIELDS) {
      throw new IllegalArgumentException("there is no state field " + field);
    }
    return STATE_AT + (field * Long.BYTES);
  }

  /** The checksum of the index as it is when it has been closed cleanly. */
  private long checksum(int chunkCount) {
    byte[] page = copy();
    ByteBuffer.wrap(page)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(CONDITION_AT, CLEAN)
        .putLong(CHECKSUM_AT, 0);
    CRC32C checksum = new CRC32C();
    pages.addTo(checksum, page, chunkCount);
    return checksum.getValue();
  }

  private byte[] copy() {
    byte[] page = new byte[PAGE_BYTES];
    MemorySegment.copy(pages.chunk(0), ValueLayout.JAVA_BYTE, 0, page, 0, PAGE_BYTES);
    return page;
  }

  private static long incarnation(@Nullable String bootId, @Nullable String identity) {
    if (bootId == null || identity == null) {
      return UNTRACEABLE;
    }
    byte[] name = (bootId + '\n' + identity).getBytes(StandardCharsets.UTF_8);
    return IndexSlot.encode(IndexSlot.data(KeyHash.hash(0, name, 0)));
  }

  private long load(int at) {
    return pages.load(0, at / Long.BYTES);
  }

  private void store(int at, long value) {
    pages.store(0, at / Long.BYTES, value);
  }
}
