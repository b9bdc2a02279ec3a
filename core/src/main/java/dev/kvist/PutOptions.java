package dev.kvist;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a put is done. Immutable; start at {@link #DEFAULT}.
 *
 * @param ttl time to live from now, rounded up to the backend's resolution; null for none
 * @param expires an absolute deadline instead of a TTL (for copies that keep it); null for none
 * @param absent true to store only where no live value is
 * @param expected the version that must be there; null for any
 * @param compressed true when the value is an LZ4 pair (K12), which the record's flag then says
 */
public record PutOptions(
    @Nullable Duration ttl,
    @Nullable Instant expires,
    boolean absent,
    @Nullable Version expected,
    boolean compressed) {
  /** No deadline, no condition. */
  public static final PutOptions DEFAULT = new PutOptions(null, null, false, null, false);

  /** Checks that what was asked for makes sense together. */
  public PutOptions {
    if (ttl != null && (ttl.isNegative() || ttl.isZero())) {
      throw new IllegalArgumentException("a TTL must be positive, and is " + ttl);
    }
    if (ttl != null && expires != null) {
      throw new IllegalArgumentException("give a TTL or a deadline, not both");
    }
    if (absent && expected != null) {
      throw new IllegalArgumentException(
          "a key cannot be absent and have a version: give one condition");
    }
  }

  /** With a time to live. */
  public PutOptions withTtl(Duration ttl) {
    return new PutOptions(ttl, null, absent, expected, compressed);
  }

  /** With an absolute deadline. */
  public PutOptions withExpires(Instant expires) {
    return new PutOptions(null, expires, absent, expected, compressed);
  }

  /** Only where no live value is. */
  public PutOptions ifAbsent() {
    return new PutOptions(ttl, expires, true, expected, compressed);
  }

  /** Only over this version. */
  public PutOptions ifVersion(Version expected) {
    return new PutOptions(ttl, expires, absent, expected, compressed);
  }

  /** With the flag of a compressed pair. */
  public PutOptions withCompressed() {
    return new PutOptions(ttl, expires, absent, expected, true);
  }
}
