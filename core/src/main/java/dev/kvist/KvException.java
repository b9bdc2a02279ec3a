package dev.kvist;

import dev.kvist.spi.Quantity;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The errors of Kvist (K11). Each says what happened and what to do next, and carries the facts as
 * fields. Mistakes of the caller (an empty key, an illegal name) are {@link
 * IllegalArgumentException} instead.
 */
public abstract sealed class KvException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Whether the write that failed took effect. */
  public enum Effect {
    /** It certainly did not happen. */
    NONE,
    /** It may have happened. */
    UNKNOWN
  }

  private final Effect effect;

  private KvException(Effect effect, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.effect = effect;
  }

  /** Whether the write that failed may have happened. */
  public Effect effect() {
    return effect;
  }

  private static String where(String bucket, byte[] key) {
    return "key " + KeyText.print(key) + " of bucket " + bucket;
  }

  /** The connection is down at the moment; it reconnects by itself. */
  public static final class NotConnected extends KvException {
    private static final long serialVersionUID = 1;

    /** With what is known of why. */
    public NotConnected(Effect effect, String message, @Nullable Throwable cause) {
      super(effect, message, cause);
    }
  }

  /** A server could not be reached at open. */
  public static final class ConnectionFailed extends KvException {
    private static final long serialVersionUID = 1;

    /** With where and why. */
    public ConnectionFailed(String message, @Nullable Throwable cause) {
      super(Effect.NONE, message, cause);
    }
  }

  /** Credentials or file permissions do not allow it. */
  public static final class NotPermitted extends KvException {
    private static final long serialVersionUID = 1;

    /** With what is not allowed. */
    public NotPermitted(String message, @Nullable Throwable cause) {
      super(Effect.NONE, message, cause);
    }
  }

  /** A create met a live key. */
  public static final class AlreadyExists extends KvException {
    private static final long serialVersionUID = 1;
    private final String bucket;
    private final String key;
    private final transient @Nullable Version actual;

    /** Of this key; {@code actual} is the version that is there, null where it is not known. */
    public AlreadyExists(String bucket, byte[] key, @Nullable Version actual) {
      super(
          Effect.NONE,
          where(bucket, key) + " exists; use put to overwrite it, or update with its version",
          null);
      this.bucket = bucket;
      this.key = KeyText.print(key);
      this.actual = actual;
    }

    /** The bucket. */
    public String bucket() {
      return bucket;
    }

    /** The key in its text form. */
    public String key() {
      return key;
    }

    /** The version that is there; null where it is not known. */
    public @Nullable Version actual() {
      return actual;
    }
  }

  /** An expected version is not the one that is there. */
  public static final class VersionMismatch extends KvException {
    private static final long serialVersionUID = 1;
    private final String bucket;
    private final String key;
    private final transient Version expected;
    private final transient @Nullable Version actual;

    /** Of this key; {@code actual} is null when the key is not live, or where it is not known. */
    public VersionMismatch(String bucket, byte[] key, Version expected, @Nullable Version actual) {
      super(
          Effect.NONE,
          where(bucket, key)
              + (actual == null ? " is not live with" : " has version " + actual + ", not")
              + " the expected version "
              + expected
              + "; read it again and decide anew",
          null);
      this.bucket = bucket;
      this.key = KeyText.print(key);
      this.expected = expected;
      this.actual = actual;
    }

    /** The bucket. */
    public String bucket() {
      return bucket;
    }

    /** The key in its text form. */
    public String key() {
      return key;
    }

    /** The version that was expected. */
    public Version expected() {
      return expected;
    }

    /** The version that is there; null when the key is not live, or where it is not known. */
    public @Nullable Version actual() {
      return actual;
    }
  }

  /** What came after a cursor can no longer be known. */
  public static final class CursorExpired extends KvException {
    private static final long serialVersionUID = 1;
    private final transient WatchCursor cursor;

    /** This cursor, with the reason. */
    public CursorExpired(WatchCursor cursor, String reason) {
      super(
          Effect.NONE,
          "cursor " + cursor + " has expired: " + reason + "; start again with state-sync",
          null);
      this.cursor = cursor;
    }

    /** The cursor. */
    public WatchCursor cursor() {
      return cursor;
    }
  }

  /** A watch ended: its consumer fell behind, or its backend gave up. */
  public static final class WatchFailed extends KvException {
    private static final long serialVersionUID = 1;
    private final transient @Nullable WatchCursor cursor;

    /** With the cursor to resume from, null before the first. */
    public WatchFailed(String message, @Nullable WatchCursor cursor, @Nullable Throwable cause) {
      super(Effect.NONE, message, cause);
      this.cursor = cursor;
    }

    /** Where to resume; null when the watch had not delivered a cursor yet. */
    public @Nullable WatchCursor cursor() {
      return cursor;
    }
  }

  /** The outcome did not come in time, or the caller was interrupted while it waited. */
  public static final class Timeout extends KvException {
    private static final long serialVersionUID = 1;

    /** After this long; null when interrupted. */
    public Timeout(Effect effect, String what, @Nullable Duration after) {
      super(
          effect,
          what
              + (after == null ? " was interrupted" : " took longer than " + Quantity.print(after))
              + (effect == Effect.UNKNOWN
                  ? "; it may have happened: read before repeating it"
                  : ""),
          null);
    }
  }

  /** A value, key or batch is over a limit. */
  public static final class TooLarge extends KvException {
    private static final long serialVersionUID = 1;
    private final long size;
    private final long limit;

    /** Of what, how many bytes, and how many there may be. */
    public TooLarge(String what, long size, long limit) {
      super(
          Effect.NONE,
          what
              + " has "
              + size
              + " bytes, and the limit is "
              + limit
              + "; split it, or raise the limit where it is a setting",
          null);
      this.size = size;
      this.limit = limit;
    }

    /** Its size in bytes. */
    public long size() {
      return size;
    }

    /** The limit in bytes. */
    public long limit() {
      return limit;
    }
  }

  /**
   * There is no room for more; reads still work, on some engines deletes, purges and compaction.
   */
  public static final class StoreFull extends KvException {
    private static final long serialVersionUID = 1;
    private final String what;
    private final long limit;

    /** Which limit, in bytes, and what raises it. */
    public StoreFull(String what, long limit, String remedy, @Nullable Throwable cause) {
      super(
          Effect.NONE,
          what
              + (limit < 0 ? " is full" : " reached its limit of " + limit + " bytes")
              + "; "
              + remedy,
          cause);
      this.what = what;
      this.limit = limit;
    }

    /** What is full, such as {@code max_bytes} or the volume. */
    public String what() {
      return what;
    }

    /** The limit in bytes; -1 where it is the volume's. */
    public long limit() {
      return limit;
    }
  }

  /** The device or the file system refused. */
  public static final class IoFailed extends KvException {
    private static final long serialVersionUID = 1;

    /** With where and why. */
    public IoFailed(Effect effect, String message, @Nullable Throwable cause) {
      super(effect, message, cause);
    }
  }

  /** Another process, or another connection of this one, owns the data directory. */
  public static final class AlreadyOwned extends KvException {
    private static final long serialVersionUID = 1;
    private final String path;
    private final long pid;

    /** This directory, owned by that process; -1 where the pid is not known. */
    public AlreadyOwned(String path, long pid) {
      super(
          Effect.NONE,
          path
              + " is in use by "
              + (pid < 0
                  ? "another process"
                  : pid == ProcessHandle.current().pid()
                      ? "this process (pid " + pid + ")"
                      : "process " + pid)
              + "; close it there first"
              + (pid == ProcessHandle.current().pid()
                  ? ", or share the Connection that is open"
                  : ""),
          null);
      this.path = path;
      this.pid = pid;
    }

    /** The directory. */
    public String path() {
      return path;
    }

    /** The owner's process id; -1 where it is not known. */
    public long pid() {
      return pid;
    }
  }

  /** A newer Kvist wrote the data. */
  public static final class FormatTooNew extends KvException {
    private static final long serialVersionUID = 1;

    /** Of this file: its generation, and the newest that this Kvist reads. */
    public FormatTooNew(String path, int found, int known) {
      super(
          Effect.NONE,
          path
              + " has format generation "
              + found
              + ", and this Kvist reads up to "
              + known
              + "; use a newer Kvist",
          null);
    }
  }

  /** The backend cannot do it. */
  public static final class Unsupported extends KvException {
    private static final long serialVersionUID = 1;

    /** A capability, with the note that says why. */
    public Unsupported(Capability capability, String backend, String note) {
      this(backend + " does not support " + capability + (note.isEmpty() ? "" : ": " + note));
    }

    /** Anything else, with what to do instead. */
    public Unsupported(String message) {
      super(Effect.NONE, message, null);
    }
  }

  /** Data does not match its checksum, or contradicts itself. */
  public static final class Corrupted extends KvException {
    private static final long serialVersionUID = 1;
    private final String file;
    private final long offset;

    /** In this file at this offset. */
    public Corrupted(String file, long offset, String what) {
      super(
          Effect.NONE,
          file
              + " is damaged at offset "
              + offset
              + ": "
              + what
              + "; restore a backup, or run ./kvist repair",
          null);
      this.file = file;
      this.offset = offset;
    }

    /** The file. */
    public String file() {
      return file;
    }

    /** The offset in it, in bytes. */
    public long offset() {
      return offset;
    }
  }

  /** The connection, or the watch, was closed. */
  public static final class Closed extends KvException {
    private static final long serialVersionUID = 1;

    /** What was closed. */
    public Closed(String what) {
      super(Effect.NONE, what + " is closed", null);
    }
  }
}
