package dev.kvist.simple;

import dev.kvist.KvEntry;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import org.jspecify.annotations.Nullable;

/** One write on its way: what was asked for, prepared outside the lock, and what came of it. */
final class Op {
  /** A check without a write. */
  static final int REQUIRE = 0;

  final String bucketName;
  final byte[] key;
  final int type;
  long hash;

  /** Null until the bucket is known to exist. */
  @Nullable Bucket bucket;

  byte[] stored = NOTHING;
  int valueChecksum;
  int flags;
  int plainLength;

  boolean absent;
  @Nullable Version expected;
  long ttlMillis;
  long deadline = KvEntry.NEVER;

  /** Keeps the value that is there: a touch. */
  boolean touch;

  /** Where the newest record of the key is, or {@link HashIndex#NONE}; known under the lock. */
  long found = HashIndex.NONE;

  /** Whether that is a live value. */
  boolean foundLive;

  /** Whether that is a value whose deadline has passed and of which nobody was told yet. */
  boolean foundExpired;

  /** Whether a record is written. */
  boolean writes;

  /** The new version; null when nothing was written. */
  @Nullable Version version;

  static final byte[] NOTHING = {};

  Op(int type, String bucketName, @Nullable Bucket bucket, byte[] key, long hash) {
    this.type = type;
    this.bucketName = bucketName;
    this.bucket = bucket;
    this.key = key;
    this.hash = hash;
  }

  void conditions(PutOptions options) {
    absent = options.absent();
    expected = options.expected();
  }

  boolean isPut() {
    return type == RecordLayout.PUT;
  }

  boolean hasDeadline() {
    return ttlMillis > 0 || deadline != KvEntry.NEVER;
  }

  /** How many bytes its record takes at most. */
  long size() {
    return RecordLayout.size(key.length, stored.length, hasDeadline());
  }
}
