package dev.kvist;

import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One record of a key as read: a value, or a delete marker. Equality is by content.
 *
 * <p>The arrays belong to whoever got the entry; it does not copy them again.
 */
public final class KvEntry {
  /** What kind of record it is. */
  public enum Kind {
    /** A value. */
    VALUE,
    /** The marker of a deleted or expired key. */
    DELETED,
    /** The marker of a purged key. */
    PURGED
  }

  /** Stands for "no deadline" in {@link #expiresMillis}. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final byte[] NOTHING = {};

  private final String bucket;
  private final byte[] key;
  private final byte[] value;
  private final Version version;
  private final long createdMillis;
  private final long expiresMillis;
  private final Kind kind;
  private final boolean compressed;

  private KvEntry(
      String bucket,
      byte[] key,
      byte[] value,
      Version version,
      long createdMillis,
      long expiresMillis,
      Kind kind,
      boolean compressed) {
    this.bucket = bucket;
    this.key = key;
    this.value = value;
    this.version = version;
    this.createdMillis = createdMillis;
    this.expiresMillis = expiresMillis;
    this.kind = kind;
    this.compressed = compressed;
  }

  /**
   * A value. Takes the arrays without a copy.
   *
   * @param createdMillis when this version was written, in milliseconds since 1970
   * @param expiresMillis its deadline likewise, or {@link #NEVER}
   * @param compressed whether the value is an LZ4 pair stored through the bucket view
   */
  public static KvEntry value(
      String bucket,
      byte[] key,
      byte[] value,
      Version version,
      long createdMillis,
      long expiresMillis,
      boolean compressed) {
    return new KvEntry(
        bucket, key, value, version, createdMillis, expiresMillis, Kind.VALUE, compressed);
  }

  /** A marker; {@code kind} is not {@link Kind#VALUE}. */
  public static KvEntry marker(
      String bucket, byte[] key, Version version, long createdMillis, Kind kind) {
    if (kind == Kind.VALUE) {
      throw new IllegalArgumentException("a marker holds no value");
    }
    return new KvEntry(bucket, key, NOTHING, version, createdMillis, NEVER, kind, false);
  }

  /** The bucket's name. */
  public String bucket() {
    return bucket;
  }

  /** The key. */
  public byte[] key() {
    return key;
  }

  /** The value; empty for a marker, and where it is empty. */
  public byte[] value() {
    return value;
  }

  /** The version of this record. */
  public Version version() {
    return version;
  }

  /** When this version was written. */
  public Instant created() {
    return Instant.ofEpochMilli(createdMillis);
  }

  /** When this version was written, in milliseconds since 1970. */
  public long createdMillis() {
    return createdMillis;
  }

  /** When it expires; null when it does not. */
  public @Nullable Instant expires() {
    return expiresMillis == NEVER ? null : Instant.ofEpochMilli(expiresMillis);
  }

  /** When it expires, in milliseconds since 1970, or {@link #NEVER}. */
  public long expiresMillis() {
    return expiresMillis;
  }

  /** What kind of record it is. */
  public Kind kind() {
    return kind;
  }

  /** Whether it is a value and not a marker. */
  public boolean live() {
    return kind == Kind.VALUE;
  }

  /** Whether the value is an LZ4 pair stored through the bucket view (K12). */
  public boolean compressed() {
    return compressed;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KvEntry entry
        && bucket.equals(entry.bucket)
        && Arrays.equals(key, entry.key)
        && Arrays.equals(value, entry.value)
        && version.equals(entry.version)
        && createdMillis == entry.createdMillis
        && expiresMillis == entry.expiresMillis
        && kind == entry.kind
        && compressed == entry.compressed;
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(key) + version.hashCode();
  }

  /** Bucket, key, version and size; never the value. */
  @Override
  public String toString() {
    return kind
        + " "
        + bucket
        + "/"
        + KeyText.print(key)
        + " "
        + version
        + " "
        + value.length
        + " bytes";
  }
}
