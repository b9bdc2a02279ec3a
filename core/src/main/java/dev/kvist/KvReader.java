package dev.kvist;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads of one bucket (K2).
 *
 * <p>Every method throws {@link IllegalArgumentException} for an empty or too long key, {@link
 * KvException.Corrupted} when what it read does not match its checksum, {@link
 * KvException.IoFailed} when it cannot be read at all, and {@link KvException.Closed} after the
 * connection's close.
 */
public interface KvReader {
  /**
   * The value of a live key, fresh; null when the key is absent, deleted or expired. May be empty.
   */
  byte @Nullable [] get(byte[] key);

  /**
   * The raw record of a key: value or delete marker, version and times; null when there is neither.
   *
   * <p>Markers are there for the {@code marker_retention}, where {@link Capability#MARKERS} is
   * native.
   */
  @Nullable KvEntry entry(byte[] key);

  /** Whether the key is live, without fetching its value where the backend can. */
  boolean exists(byte[] key);

  /** The values of several keys, in the keys' order, null for an absent one. Not a snapshot. */
  default List<byte @Nullable []> getAll(List<byte[]> keys) {
    var values = new ArrayList<byte @Nullable []>(keys.size());
    for (byte[] key : keys) {
      values.add(get(key));
    }
    return values;
  }

  /** The live keys of a range, paged lazily. */
  KvScan<byte[]> keys(KeyRange range);

  /** The live entries of a range, paged lazily. */
  KvScan<KvEntry> scan(KeyRange range);
}
