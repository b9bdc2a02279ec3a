package dev.kvist;

import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One event of a watch. Equality is by content. */
public abstract sealed class KvUpdate {
  private final @Nullable WatchCursor cursor;

  private KvUpdate(@Nullable WatchCursor cursor) {
    this.cursor = cursor;
  }

  /**
   * The position behind this update; null before {@link CaughtUp}, and on all but the last update
   * of one batch.
   */
  public @Nullable WatchCursor cursor() {
    return cursor;
  }

  /** A key got a value, or a new deadline. */
  public static final class Put extends KvUpdate {
    private final KvEntry entry;

    /** A put; {@code entry} is live. */
    public Put(KvEntry entry, @Nullable WatchCursor cursor) {
      super(cursor);
      this.entry = entry;
    }

    /** The record. */
    public KvEntry entry() {
      return entry;
    }

    /** The key. */
    public byte[] key() {
      return entry.key();
    }

    /** The value. */
    public byte[] value() {
      return entry.value();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Put put
          && entry.equals(put.entry)
          && Objects.equals(cursor(), put.cursor());
    }

    @Override
    public int hashCode() {
      return entry.hashCode();
    }

    @Override
    public String toString() {
      return "Put " + KeyText.print(key()) + " " + entry.version();
    }
  }

  /** A key was deleted, or expired. */
  public static final class Delete extends KvUpdate {
    private final byte[] key;
    private final Version version;
    private final long atMillis;
    private final boolean expired;

    /** A delete at {@code atMillis}; {@code expired} when its TTL ran out. */
    public Delete(
        byte[] key, Version version, long atMillis, boolean expired, @Nullable WatchCursor cursor) {
      super(cursor);
      this.key = key;
      this.version = version;
      this.atMillis = atMillis;
      this.expired = expired;
    }

    /** The key. */
    public byte[] key() {
      return key;
    }

    /** The marker's version. */
    public Version version() {
      return version;
    }

    /** When. */
    public Instant at() {
      return Instant.ofEpochMilli(atMillis);
    }

    /** Whether the key's TTL ran out, rather than somebody deleting it. */
    public boolean expired() {
      return expired;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Delete delete
          && Arrays.equals(key, delete.key)
          && version.equals(delete.version)
          && atMillis == delete.atMillis
          && expired == delete.expired
          && Objects.equals(cursor(), delete.cursor());
    }

    @Override
    public int hashCode() {
      return version.hashCode();
    }

    @Override
    public String toString() {
      return (expired ? "Expired " : "Delete ") + KeyText.print(key) + " " + version;
    }
  }

  /** A key was purged with its history. */
  public static final class Purge extends KvUpdate {
    private final byte[] key;
    private final Version version;
    private final long atMillis;

    /** A purge at {@code atMillis}. */
    public Purge(byte[] key, Version version, long atMillis, @Nullable WatchCursor cursor) {
      super(cursor);
      this.key = key;
      this.version = version;
      this.atMillis = atMillis;
    }

    /** The key. */
    public byte[] key() {
      return key;
    }

    /** The marker's version. */
    public Version version() {
      return version;
    }

    /** When. */
    public Instant at() {
      return Instant.ofEpochMilli(atMillis);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Purge purge
          && Arrays.equals(key, purge.key)
          && version.equals(purge.version)
          && atMillis == purge.atMillis
          && Objects.equals(cursor(), purge.cursor());
    }

    @Override
    public int hashCode() {
      return version.hashCode();
    }

    @Override
    public String toString() {
      return "Purge " + KeyText.print(key) + " " + version;
    }
  }

  /** The state is complete; live updates follow. Carries the first cursor. */
  public static final class CaughtUp extends KvUpdate {
    /** The event, with the cursor of the state delivered so far. */
    public CaughtUp(WatchCursor cursor) {
      super(cursor);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof CaughtUp caughtUp && Objects.equals(cursor(), caughtUp.cursor());
    }

    @Override
    public int hashCode() {
      return Objects.hashCode(cursor());
    }

    @Override
    public String toString() {
      return "CaughtUp " + cursor();
    }
  }
}
