package dev.kvist.simple;

import dev.kvist.spi.Quantity;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A place in a {@link KeyRun}, which moves in both directions. It holds the keys of one block,
 * decoded.
 *
 * <p>Every block is checked when it is decoded. That also guards a {@link #seek}, which reads first
 * keys unchecked: a damaged one that misleads the search is, or is next to, the block at which the
 * search ends. For one thread.
 */
final class RunCursor {
  private final KeyRun run;
  private final int blocks;
  private final CRC32C crc = new CRC32C();
  private final int[] ends = new int[KeyRunLayout.BLOCK_KEYS];
  private byte[] raw = new byte[1024];
  private byte[] keys = new byte[1024];
  private int block = -1;
  private int count;
  private int index;

  /** What the last {@link #longVarint} read. */
  private int varint;

  /** Before the first key. */
  RunCursor(KeyRun run) {
    this.run = run;
    this.blocks = run.header().blocks();
  }

  /** Whether it stands at a key. */
  boolean isAtKey() {
    return index >= 0 && index < count;
  }

  /**
   * The key it stands at is in {@link #buffer} from {@link #start} to {@link #end}, its bucket in
   * front.
   */
  byte[] buffer() {
    return keys;
  }

  int start() {
    return index == 0 ? 0 : ends[index - 1];
  }

  int end() {
    return ends[index];
  }

  /**
   * Goes to the first key that is {@code target} or after it; with {@code beyond}, just after it.
   */
  void seek(byte[] target, boolean beyond) {
    if (blocks == 0) {
      return;
    }
    load(Math.max(0, lastBlockFrom(target)));
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      index = middle;
      int order = Arrays.compareUnsigned(keys, start(), end(), target, 0, target.length);
      if (order < 0 || (order == 0 && beyond)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    index = low;
    if (index == count) {
      enter(block + 1, true);
    }
  }

  /** Goes behind the last key. */
  void seekEnd() {
    enter(blocks, true);
  }

  /** Goes to the key after. */
  void next() {
    if (++index >= count) {
      enter(block + 1, true);
    }
  }

  /** Goes to the key before. */
  void previous() {
    if (--index < 0) {
      enter(block - 1, false);
    }
  }

  /**
   * Reads a whole run, whose keys must rise.
   *
   * @throws dev.kvist.KvException.Corrupted when it is damaged
   */
  static void verify(KeyRun run) {
    RunCursor cursor = new RunCursor(run);
    long keys = 0;
    for (int block = 0; block < cursor.blocks; block++) {
      byte[] last = block == 0 ? new byte[0] : cursor.lastKey();
      cursor.load(block);
      keys += cursor.count;
      if (!cursor.risesFrom(last)) {
        throw run.damage(run.blockStart(block), "keys are not in order");
      }
    }
    if (keys != run.header().keys()) {
      throw run.damage(0, "the number of keys does not match");
    }
  }

  private byte[] lastKey() {
    index = count - 1;
    return Arrays.copyOfRange(keys, start(), end());
  }

  /** Whether the keys of the block come one after the other, and all after {@code last}. */
  private boolean risesFrom(byte[] last) {
    index = 0;
    boolean rises = Arrays.compareUnsigned(last, 0, last.length, keys, 0, end()) < 0;
    for (index = 1; index < count && rises; index++) {
      int before = index == 1 ? 0 : ends[index - 2];
      rises = Arrays.compareUnsigned(keys, before, start(), keys, start(), end()) < 0;
    }
    return rises;
  }

  /** Checks and decodes a block, and goes to its first key. */
  private void load(int number) {
    long start = run.blockStart(number);
    int length = run.blockLength(number, start);
    if (length > raw.length) {
      raw = new byte[length];
    }
    run.copy(start, raw, length);
    int checksum = KeyRunLayout.checksum(crc, raw, KeyRunLayout.BLOCK_COUNT, length);
    if ((checksum ^ number) != KeyRunLayout.getInt(raw, 0)) {
      throw run.damage(start, "the checksum of a block of keys does not match");
    }
    block = number;
    index = 0;
    decode(start, length);
  }

  private void enter(int number, boolean atFirst) {
    if (number >= 0 && number < blocks) {
      load(number);
      index = atFirst ? 0 : count - 1;
    } else {
      block = number;
      count = 0;
      index = 0;
    }
  }

  private void decode(long start, int length) {
    int keysHere = raw[KeyRunLayout.BLOCK_COUNT];
    if (keysHere < 1 || keysHere > KeyRunLayout.BLOCK_KEYS) {
      throw run.damage(start, "a block of " + keysHere + " " + Quantity.noun(keysHere, "key"));
    }
    int at = KeyRunLayout.BLOCK_ENTRIES;
    int end = 0;
    int before = 0;
    for (int i = 0; i < keysHere; i++) {
      int shared = at < length ? raw[at++] : -1;
      if (shared < 0) {
        at = longVarint(at - 1, length, start);
        shared = varint;
      }
      int suffix = at < length ? raw[at++] : -1;
      if (suffix < 0) {
        at = longVarint(at - 1, length, start);
        suffix = varint;
      }
      if (shared > end - before || suffix > length - at) {
        throw run.damage(start, "a key that leaves its block");
      }
      int size = shared + suffix;
      if (end + size > keys.length) {
        keys = Arrays.copyOf(keys, Math.max(end + size, keys.length * 2));
      }
      System.arraycopy(keys, before, keys, end, shared);
      System.arraycopy(raw, at, keys, end + shared, suffix);
      at += suffix;
      before = end;
      end += size;
      ends[i] = end;
    }
    count = keysHere;
  }

  /** Reads a variable-length integer into {@link #varint} and returns where it ends. */
  private int longVarint(int from, int limit, long start) {
    int value = 0;
    for (int i = 0; i < KeyRunLayout.MAX_VARINT_BYTES && from + i < limit; i++) {
      byte next = raw[from + i];
      value |= (next & 0x7f) << (7 * i);
      if (next >= 0) {
        varint = value;
        return from + i + 1;
      }
    }
    throw run.damage(start, "a length that does not end");
  }

  /** The last block whose first key is not after {@code target}; -1 when there is none. */
  private int lastBlockFrom(byte[] target) {
    int low = 0;
    int high = blocks;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compareFirst(middle, target) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  private int compareFirst(int number, byte[] target) {
    long start = run.blockStart(number);
    int head = KeyRunLayout.BLOCK_ENTRIES + 2 * KeyRunLayout.MAX_VARINT_BYTES;
    int length = Math.min(run.blockLength(number, start), head + target.length);
    if (length > raw.length) {
      raw = new byte[length];
    }
    run.copy(start, raw, length);
    int at = longVarint(KeyRunLayout.BLOCK_ENTRIES + 1, length, start);
    int size = varint;
    int order =
        Arrays.compareUnsigned(
            raw,
            at,
            Math.min(length, at + Math.min(size, target.length)),
            target,
            0,
            target.length);
    return order == 0 ? Integer.compare(size, target.length) : order;
  }
}
