package dev.kvist.bucket;

import dev.kvist.KvException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a Bloom filter keeps in its bucket, byte by byte.
 *
 * <pre>
 *   key              value
 *   'c' u32          a chunk of bits
 *   'j' u32          a slot of the journal: one item, the newest of those that had the slot
 *   'p'              the parameters: no words
 *   's' u64          a segment: the hashes of the items that filled a group of slots
 * </pre>
 *
 * Numbers in keys are big-endian. Segments sort behind slots, and slots behind chunks: a copy that
 * is made in the order of the keys while items are added has each item that was there at its start,
 * since an item goes from the journal into a segment before its slot is used again.
 *
 * <pre>
 *   block (chunk, parameters, segment)            slot
 *   offset  bytes  what                           offset  bytes  what
 *        0      4  magic "KVBF"                        0      8  sequence of the item
 *        4      2  format, 1                           8      8  owner
 *        6      2  0                                  16     16  hash of the item
 *        8      8  capacity                           32      4  CRC32C
 *       16      8  error rate, IEEE 754
 *       24     16  key of the hashes
 *       40      4  items of a group
 *       44      4  bytes of a chunk
 *       48      8  owner
 *       56      8  a chunk's generation
 *       64    8·n  words
 *   64+8·n      4  CRC32C
 * </pre>
 *
 * Numbers in values are little-endian. The owner is a random number of the open that wrote it. The
 * generation of a chunk is the sequence below which all items are in its bits. The checksum covers
 * the key, bytes 8 to 47 of the filter's blocks (in a slot too, where they are not stored), and
 * what is in front of it; so nothing passes that belongs to another filter or another place.
 */
final class BloomLayout {
  static final int FORMAT = 1;

  private static final int MAGIC = 0x4642564B; // "KVBF"
  private static final int HEADER = 64;
  private static final int SLOT = 36;

  private final BloomShape shape;

  BloomLayout(BloomShape shape) {
    this.shape = shape;
  }

  static byte[] shapeKey() {
    return new byte[] {'p'};
  }

  static byte[] chunkKey(int chunk) {
    return ByteBuffer.allocate(5).put((byte) 'c').putInt(chunk).array();
  }

  static byte[] slotKey(int slot) {
    return ByteBuffer.allocate(5).put((byte) 'j').putInt(slot).array();
  }

  static byte[] segmentKey(long segment) {
    return ByteBuffer.allocate(9).put((byte) 's').putLong(segment).array();
  }

  /** How many bytes the longest value has. */
  static long longestValue(BloomShape shape) {
    return HEADER + Math.max(shape.chunkSize(), 16L * shape.groupSize()) + 4;
  }

  /** The value of the parameters, a chunk or a segment. */
  byte[] block(byte[] key, BloomBlock block) {
    byte[] value = new byte[HEADER + block.length() * Long.BYTES + 4];
    ByteBuffer to = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    to.putInt(MAGIC).putShort((short) FORMAT).putShort((short) 0).put(stamp());
    to.putLong(block.owner()).putLong(block.generation());
    for (int i = 0; i < block.length(); i++) {
      to.putLong(block.word(i));
    }
    to.putInt(checksum(key, stamp(), value, value.length - 4));
    return value;
  }

  /** What a value says; null when it is damaged, or of another filter. */
  @Nullable BloomBlock readBlock(byte[] key, byte[] value) {
    @Nullable BloomShape found = readShape(key, value);
    if (found == null || !found.equals(shape)) {
      return null;
    }
    ByteBuffer from = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    long[] words = new long[(value.length - HEADER - 4) / Long.BYTES];
    for (int i = 0; i < words.length; i++) {
      words[i] = from.getLong(HEADER + i * Long.BYTES);
    }
    return new BloomBlock(from.getLong(48), from.getLong(56), words);
  }

  /**
   * The shape of the filter that a block belongs to; null when it is damaged.
   *
   * @throws KvException.FormatTooNew when a newer Kvist wrote it
   */
  static @Nullable BloomShape readShape(byte[] key, byte[] value) {
    if (value.length < HEADER + 4 || (value.length - HEADER - 4) % Long.BYTES != 0) {
      return null;
    }
    ByteBuffer from = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    byte[] stamp = new byte[40];
    from.get(8, stamp);
    if (from.getInt(0) != MAGIC
        || from.getInt(value.length - 4) != checksum(key, stamp, value, value.length - 4)) {
      return null;
    }
    int format = Short.toUnsignedInt(from.getShort(4));
    if (format > FORMAT) {
      throw new KvException.FormatTooNew(BloomFilter.WHERE, format, FORMAT);
    }
    try {
      return new BloomShape(
          from.getLong(8),
          from.getDouble(16),
          from.getLong(24),
          from.getLong(32),
          from.getInt(40),
          from.getInt(44));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The value of a slot. */
  byte[] slot(byte[] key, BloomSlot slot) {
    byte[] value = new byte[SLOT];
    ByteBuffer to = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    to.putLong(slot.sequence()).putLong(slot.owner());
    to.putLong(slot.item().first()).putLong(slot.item().second());
    to.putInt(checksum(key, stamp(), value, SLOT - 4));
    return value;
  }

  /** What a slot holds; null when it is damaged, or of another filter. */
  @Nullable BloomSlot readSlot(byte[] key, byte[] value) {
    if (value.length != SLOT) {
      return null;
    }
    ByteBuffer from = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    if (from.getInt(SLOT - 4) != checksum(key, stamp(), value, SLOT - 4)) {
      return null;
    }
    var item = new ItemHash(from.getLong(16), from.getLong(24));
    return new BloomSlot(from.getLong(0), from.getLong(8), item);
  }

  private byte[] stamp() {
    return ByteBuffer.allocate(40)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(shape.capacity())
        .putDouble(shape.errorRate())
        .putLong(shape.seed0())
        .putLong(shape.seed1())
        .putInt(shape.groupSize())
        .putInt(shape.chunkSize())
        .array();
  }

  private static int checksum(byte[] key, byte[] stamp, byte[] value, int length) {
    var checksum = new CRC32C();
    checksum.update(key, 0, key.length);
    checksum.update(stamp, 0, stamp.length);
    checksum.update(value, 0, length);
    return (int) checksum.getValue();
  }
}
