package dev.kvist;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Operations to apply together. Keys and values are copied as they are added. For one thread; may
 * be applied again.
 *
 * <pre>{@code
 * store.batch().apply(new WriteBatch().put(key, value).delete(other).require(third, version));
 * }</pre>
 */
public final class WriteBatch {
  /** What an operation does. */
  public enum Kind {
    /** Stores a value. */
    PUT,
    /** Deletes a key. */
    DELETE,
    /** Purges a key. */
    PURGE,
    /** Checks an expectation and writes nothing. */
    REQUIRE
  }

  /** One operation. Its arrays belong to the batch: backends read them and keep nothing. */
  public static final class Op {
    private final Kind kind;
    private final @Nullable String bucket;
    private final byte[] key;
    private final byte[] value;
    private final PutOptions options;

    Op(Kind kind, @Nullable String bucket, byte[] key, byte[] value, PutOptions options) {
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(value, "value");
      if (key.length == 0) {
        throw new IllegalArgumentException("a key has at least one byte");
      }
      this.kind = kind;
      this.bucket = bucket;
      this.key = key.clone();
      this.value = value.clone();
      this.options = options;
    }

    /** What it does. */
    public Kind kind() {
      return kind;
    }

    /** The bucket named by {@link WriteBatch#in}; null for the store's own. */
    public @Nullable String bucket() {
      return bucket;
    }

    /** The key. */
    public byte[] key() {
      return key;
    }

    /** The value of a put; empty otherwise. */
    public byte[] value() {
      return value;
    }

    /** Deadline, condition and flag. For all kinds but a put only the condition counts. */
    public PutOptions options() {
      return options;
    }
  }

  private static final byte[] NOTHING = {};
  private final List<Op> ops = new ArrayList<>();
  private @Nullable String bucket;

  /** An empty batch, whose operations go to the bucket of the store that applies it. */
  public WriteBatch() {}

  /**
   * From here on operations go to that bucket. Name the store's own bucket to return to it; what is
   * added before the first call goes there anyway.
   */
  public WriteBatch in(String bucket) {
    this.bucket = bucket;
    return this;
  }

  /** Stores a value. */
  public WriteBatch put(byte[] key, byte[] value) {
    return put(key, value, PutOptions.DEFAULT);
  }

  /** Stores a value with a deadline, a condition or a flag. */
  public WriteBatch put(byte[] key, byte[] value, PutOptions options) {
    ops.add(new Op(Kind.PUT, bucket, key, value, options));
    return this;
  }

  /** Stores a value where no live one is. */
  public WriteBatch create(byte[] key, byte[] value) {
    return put(key, value, PutOptions.DEFAULT.ifAbsent());
  }

  /** Stores a value over an expected version. */
  public WriteBatch update(byte[] key, byte[] value, Version expected) {
    return put(key, value, PutOptions.DEFAULT.ifVersion(expected));
  }

  /** Deletes a key, whether it is there or not. */
  public WriteBatch delete(byte[] key) {
    ops.add(new Op(Kind.DELETE, bucket, key, NOTHING, PutOptions.DEFAULT));
    return this;
  }

  /** Deletes a key of an expected version. */
  public WriteBatch delete(byte[] key, Version expected) {
    ops.add(new Op(Kind.DELETE, bucket, key, NOTHING, PutOptions.DEFAULT.ifVersion(expected)));
    return this;
  }

  /** Purges a key. */
  public WriteBatch purge(byte[] key) {
    ops.add(new Op(Kind.PURGE, bucket, key, NOTHING, PutOptions.DEFAULT));
    return this;
  }

  /** Fails the batch unless the live key has this version. Writes nothing. */
  public WriteBatch require(byte[] key, Version expected) {
    ops.add(new Op(Kind.REQUIRE, bucket, key, NOTHING, PutOptions.DEFAULT.ifVersion(expected)));
    return this;
  }

  /** Fails the batch unless the key has no live value. Writes nothing. */
  public WriteBatch requireAbsent(byte[] key) {
    ops.add(new Op(Kind.REQUIRE, bucket, key, NOTHING, PutOptions.DEFAULT.ifAbsent()));
    return this;
  }

  /** The operations, in order. A read-only view. */
  public List<Op> ops() {
    return Collections.unmodifiableList(ops);
  }

  /** How many operations there are. */
  public int size() {
    return ops.size();
  }

  /** How many operations there are, and the bytes of their keys and values; never these. */
  @Override
  public String toString() {
    long bytes = 0;
    for (Op op : ops) {
      bytes += (long) op.key.length + op.value.length;
    }
    return "WriteBatch of " + ops.size() + " operations, " + bytes + " bytes";
  }
}
