package dev.kvist.tck;

import dev.kvist.Version;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One change of a {@link ModelStore}.
 *
 * @param value empty but for a put
 * @param version null where the operation returned none
 * @param expiresMillis the deadline, or {@link dev.kvist.KvEntry#NEVER}
 * @param last whether it ends its operation: false for the earlier ones of a batch
 */
public record Change(
    Kind kind,
    String bucket,
    Bytes key,
    Bytes value,
    @Nullable Version version,
    long expiresMillis,
    boolean compressed,
    boolean last) {
  /** What a change did. */
  public enum Kind {
    /** A value, or a new deadline. */
    PUT,
    /** A delete. */
    DELETE,
    /** The end of a TTL. */
    EXPIRE,
    /** A purge. */
    PURGE
  }

  /** The form in which a watch's update is compared with it. */
  @Override
  public String toString() {
    return kind == Kind.PUT
        ? Changes.exact(key, value, String.valueOf(version), expiresMillis, compressed)
        : kind.name().toLowerCase(Locale.ROOT) + " " + key;
  }
}
