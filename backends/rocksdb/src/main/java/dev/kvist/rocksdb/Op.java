package dev.kvist.rocksdb;

import dev.kvist.KvEntry;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One write on its way: what was asked for, and what came of it. */
final class Op {
  /** What it does. */
  enum Kind {
    PUT,
    DELETE,
    PURGE,
    /** Checks without writing. */
    REQUIRE
  }

  private static final byte[] MARKER = new byte[RecordLayout.HEADER_BYTES];
  private static final long FAR_DAYS = 365_000;

  final Kind kind;
  final String bucketName;
  final byte[] key;

  /** Null until the bucket is known to exist. */
  @Nullable Bucket bucket;

  /** Room for the header, then the value. */
  byte[] record;

  int flags;
  boolean absent;
  @Nullable Version expected;
  long ttlMillis;
  long deadline = KvEntry.NEVER;

  /** Keeps the value that is there: a touch. */
  boolean touch;

  // What the lock of writes guards.

  /** What is there: a value whose deadline has not come. */
  boolean foundLive;

  /** A value whose deadline has passed and of which nobody was told yet. */
  boolean foundExpired;

  long foundCounter;

  /** Whether a record is written. */
  boolean writes;

  /** The new version; null when nothing was written. */
  @Nullable Version version;

  Op(Kind kind, String bucketName, @Nullable Bucket bucket, byte[] key) {
    this.kind = kind;
    this.bucketName = bucketName;
    this.bucket = bucket;
    this.key = key;
    this.record = MARKER;
  }

  /** Takes a copy of the value. */
  void value(byte[] value, boolean pair) {
    record = new byte[RecordLayout.HEADER_BYTES + value.length];
    System.arraycopy(value, 0, record, RecordLayout.HEADER_BYTES, value.length);
    flags = pair ? RecordLayout.PAIR : 0;
  }

  void conditions(PutOptions options) {
    absent = options.absent();
    expected = options.expected();
  }

  /** TTLs are rounded up to a millisecond; the deadline itself is fixed under the lock. */
  void deadline(PutOptions options) {
    @Nullable Duration ttl = options.ttl();
    @Nullable Instant expires = options.expires();
    if (ttl != null) {
      boolean far = ttl.compareTo(Duration.ofDays(FAR_DAYS)) > 0;
      ttlMillis = far ? RecordLayout.LATEST_MILLIS : ttl.plusNanos(999_999).toMillis();
    } else if (expires != null) {
      boolean far = expires.isAfter(Instant.ofEpochMilli(RecordLayout.LATEST_MILLIS));
      deadline = far ? RecordLayout.LATEST_MILLIS : Math.max(1, expires.toEpochMilli());
    }
  }

  /** Whether what is there decides what it does. */
  boolean needsLook() {
    return absent || expected != null || touch || kind == Kind.DELETE || kind == Kind.REQUIRE;
  }

  void fixDeadline(long now) {
    if (ttlMillis > 0) {
      deadline = Math.min(now + ttlMillis, RecordLayout.LATEST_MILLIS);
    }
  }

  int recordKind() {
    return switch (kind) {
      case DELETE -> RecordLayout.DELETED;
      case PURGE -> RecordLayout.PURGED;
      default -> RecordLayout.VALUE;
    };
  }
}
