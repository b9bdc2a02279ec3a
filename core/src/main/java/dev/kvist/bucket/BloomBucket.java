package dev.kvist.bucket;

import dev.kvist.Connection;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.Version;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bucket in which a Bloom filter is kept, as one open of it reads and writes it. */
final class BloomBucket {
  /** What stands for a value that cannot be read: no checksum fits it. */
  private static final byte[] UNREADABLE = {};

  /** How many values are read in one call: 1 MiB of chunks. */
  private static final int READ_TOGETHER = 64;

  private final Connection connection;
  private final long owner = new SecureRandom().nextLong();

  BloomBucket(Connection connection) {
    this.connection = connection;
  }

  /** A random number that tells what this open wrote from what others did. */
  long owner() {
    return owner;
  }

  /** A value; null when it is absent, and one that no checksum fits when it cannot be read. */
  byte @Nullable [] get(byte[] key) {
    try {
      return connection.store(BloomFilter.BUCKET).reader().get(key);
    } catch (KvException.Corrupted e) {
      return UNREADABLE;
    }
  }

  /** Values by {@link #get}, in the keys' order, in few calls. */
  List<byte @Nullable []> getAll(List<byte[]> keys) {
    var values = new ArrayList<byte @Nullable []>(keys.size());
    for (int from = 0; from < keys.size(); from += READ_TOGETHER) {
      List<byte[]> some = keys.subList(from, Math.min(keys.size(), from + READ_TOGETHER));
      try {
        values.addAll(connection.store(BloomFilter.BUCKET).reader().getAll(some));
      } catch (KvException.Corrupted e) {
        some.forEach(key -> values.add(get(key)));
      }
    }
    return values;
  }

  /** An entry; null when it is not live. */
  @Nullable KvEntry entry(byte[] key) {
    @Nullable KvEntry entry = connection.store(BloomFilter.BUCKET).reader().entry(key);
    return entry == null || !entry.live() ? null : entry;
  }

  /** Stores a value, whatever is there. */
  Version put(byte[] key, byte[] value) {
    return connection.store(BloomFilter.BUCKET).writer().put(key, value);
  }

  /**
   * Stores a value over a version, or where there is none.
   *
   * @return the new version; null when something else is there
   */
  @Nullable Version putOver(byte[] key, byte[] value, @Nullable Version expected) {
    var writer = connection.store(BloomFilter.BUCKET).writer();
    try {
      return expected == null ? writer.create(key, value) : writer.update(key, value, expected);
    } catch (KvException.AlreadyExists | KvException.VersionMismatch e) {
      return null;
    }
  }
}
