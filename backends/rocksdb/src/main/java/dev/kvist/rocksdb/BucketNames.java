package dev.kvist.rocksdb;

import dev.kvist.KeyText;
import dev.kvist.Kvist;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The definitions of a damaged store, as far as they were found: see {@link Definitions}. */
final class BucketNames {
  private final boolean single;
  private final Map<Integer, String> byId = new HashMap<>();
  private final Map<String, Boolean> live = new TreeMap<>();
  private final Map<Integer, String> byFamily = new TreeMap<>();

  /** The family that holds the records of a bucket now. */
  private final Map<String, Integer> families = new HashMap<>();

  private Epochs epochs = Epochs.read(new byte[0]);
  private final List<String> madeUp = new ArrayList<>();
  private long newestTime;

  BucketNames(boolean single, Map<Integer, String> families) {
    this.single = single;
    families.forEach((id, name) -> {
      @Nullable String bucket = Database.bucketOf(name);
      if (bucket != null) {
        byFamily.put(id, bucket);
        this.families.merge(bucket, id, Math::max);
      }
    });
  }

  /** Takes a definition, newer than those before. */
  void define(byte[] key, byte[] value) {
    if (key.length == 0) {
      return;
    }
    if (Arrays.equals(key, Definitions.EPOCHS)) {
      Epochs read = Epochs.read(value);
      epochs = read.newest() < epochs.newest() ? epochs : read;
    } else if (Arrays.equals(key, Definitions.TIME)) {
      seen(Definitions.number(value));
    } else if (key[0] == Definitions.BUCKET && value.length > Integer.BYTES) {
      String name = Kvist.utf8(Arrays.copyOfRange(key, 1, key.length));
      byId.put(ByteBuffer.wrap(value).getInt(), name);
      live.put(name, value[Integer.BYTES] != 0);
    } else if (key[0] == Definitions.FAMILY && key.length > Integer.BYTES) {
      int id = ByteBuffer.wrap(key).getInt(1);
      String name = Kvist.utf8(value);
      byFamily.put(id, name);
      families.merge(name, id, Math::max);
    }
  }

  /** Somebody wrote at this time, in milliseconds since 1970. */
  void seen(long millis) {
    newestTime = Math.max(newestTime, millis);
  }

  Epochs epochs() {
    return epochs;
  }

  long newestTime() {
    return newestTime;
  }

  /** Those that were listed. */
  List<String> live() {
    return live.entrySet().stream().filter(Map.Entry::getValue).map(Map.Entry::getKey).toList();
  }

  /**
   * The bucket of a stored key; null where it is in none, or in one that was dropped with its
   * family.
   */
  @Nullable String bucket(int family, byte[] stored) {
    if (single) {
      if (family != 0 || stored.length <= Bucket.PREFIX_BYTES) {
        return null;
      }
      int id = ByteBuffer.wrap(stored).getInt();
      return byId.computeIfAbsent(id, this::makeUp);
    }
    if (family == 0) {
      return null;
    }
    @Nullable String name = byFamily.get(family);
    if (name == null) {
      name = makeUp(family);
      byFamily.put(family, name);
      families.put(name, family);
    }
    @Nullable Integer current = families.get(name);
    return current != null && current == family ? name : null;
  }

  /** A stored key in text form with its bucket. */
  String text(int family, byte[] stored) {
    boolean isRecord = family != Database.DEFINITIONS_ID && family != Database.TIMES_ID;
    @Nullable String bucket = isRecord ? bucket(family, stored) : null;
    return bucket == null
        ? (family == Database.DEFINITIONS_ID ? "the definition " : "") + KeyText.print(stored)
        : bucket + "/" + KeyText.print(key(stored));
  }

  private String makeUp(int number) {
    String name = "recovered-" + number;
    madeUp.add("the bucket number " + number + " lost its name: it is now " + name);
    return name;
  }

  /** What is to be said of names that were lost. */
  List<String> madeUp() {
    return madeUp;
  }

  /** Where a key of a bucket was; behind its bucket's number where that stood before it. */
  byte[] stored(String bucket, byte[] key) {
    if (!single) {
      return key;
    }
    for (Map.Entry<Integer, String> each : byId.entrySet()) {
      if (each.getValue().equals(bucket)) {
        return ByteBuffer.allocate(Bucket.PREFIX_BYTES + key.length)
            .putInt(each.getKey())
            .put(key)
            .array();
      }
    }
    return key;
  }

  /**
   * The number of the family that a bucket is in; {@link Loss#NO_FAMILY} where that was never told.
   */
  int familyOf(String bucket) {
    return single ? 0 : families.getOrDefault(bucket, Loss.NO_FAMILY);
  }

  /** A stored key as callers know it. */
  byte[] key(byte[] stored) {
    return single ? Arrays.copyOfRange(stored, Bucket.PREFIX_BYTES, stored.length) : stored;
  }
}
