package dev.kvist.rocksdb;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.rocksdb.ColumnFamilyHandle;

/**
 * A bucket that exists or existed, and how its keys are stored: behind its number in the one column
 * family of all, or as they are in a family of its own.
 */
final class Bucket {
  static final int PREFIX_BYTES = Integer.BYTES;

  final String name;
  final int id;

  /** Where its records are. */
  final ColumnFamilyHandle family;

  final int familyId;
  final byte[] prefix;

  /** Whether it is listed; writing makes it so again. */
  volatile boolean live;

  /** Whether its family was dropped: another object stands for the name by then. */
  volatile boolean gone;

  /**
   * @param own whether the family is its own
   */
  Bucket(String name, int id, ColumnFamilyHandle family, boolean own, boolean live) {
    this.name = name;
    this.id = id;
    this.family = family;
    this.familyId = family.getID();
    this.prefix = own ? new byte[0] : ByteBuffer.allocate(PREFIX_BYTES).putInt(id).array();
    this.live = live;
  }

  int storedLength(byte[] key) {
    return prefix.length + key.length;
  }

  void store(byte[] key, byte[] to) {
    System.arraycopy(prefix, 0, to, 0, prefix.length);
    System.arraycopy(key, 0, to, prefix.length, key.length);
  }

  /** A key as it is stored. */
  byte[] stored(byte[] key) {
    if (prefix.length == 0) {
      return key;
    }
    byte[] stored = new byte[storedLength(key)];
    store(key, stored);
    return stored;
  }

  /** Whether a stored key is of this bucket. */
  boolean holds(byte[] stored, int from, int to) {
    return to - from >= prefix.length
        && Arrays.equals(stored, from, from + prefix.length, prefix, 0, prefix.length);
  }
}
