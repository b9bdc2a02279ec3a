package dev.kvist.tck;

import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import dev.kvist.spi.Names;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every write of the reference backend: a batch of one or more operations. */
final class ReferenceWrites {
  private final ReferenceConnection connection;
  private final ReferenceData data;
  private final Defect defect;

  ReferenceWrites(ReferenceConnection connection) {
    this.connection = connection;
    this.data = connection.data;
    this.defect = connection.defect;
  }

  List<@Nullable Version> apply(String bucket, WriteBatch batch) {
    if (batch.size() > ReferenceConnection.MAX_OPS) {
      throw new IllegalArgumentException("too many operations");
    }
    var seen = new HashSet<String>();
    for (WriteBatch.Op op : batch.ops()) {
      Names.checkBucket(in(bucket, op));
      Names.checkKey(op.key(), ReferenceConnection.MAX_KEY);
      if (!seen.add(in(bucket, op) + "/" + java.util.Arrays.toString(op.key()))) {
        throw new IllegalArgumentException("a key comes twice");
      }
    }
    if (defect == Defect.CAS_IN_TWO_STEPS && batch.size() == 1) {
      connection.locked(() -> {
        check(in(bucket, batch.ops().getFirst()), batch.ops().getFirst());
        return null;
      });
      data.letOthersIn();
    }
    return connection.locked(() -> {
      boolean late = defect == Defect.TOO_LARGE_LATE;
      if (!late) {
        batch.ops().forEach(ReferenceWrites::checkSize);
      }
      boolean parts = defect == Defect.BATCH_IN_PARTS;
      for (WriteBatch.Op op : batch.ops()) {
        expireFirst(in(bucket, op), Bytes.of(op.key()));
        if (!parts && !(defect == Defect.CAS_IN_TWO_STEPS && batch.size() == 1)) {
          check(in(bucket, op), op);
        }
      }
      var versions = new ArrayList<@Nullable Version>();
      var group = new ArrayList<ReferenceData.Told>();
      for (WriteBatch.Op op : batch.ops()) {
        if (parts) {
          check(in(bucket, op), op);
        }
        versions.add(apply(in(bucket, op), op, group));
        if (late) {
          checkSize(op);
        }
      }
      tell(group);
      return versions;
    });
  }

  private static String in(String bucket, WriteBatch.Op op) {
    String named = op.bucket();
    return named == null ? bucket : named;
  }

  private void tell(List<ReferenceData.Told> group) {
    if (defect != Defect.BATCHES_MIXED || group.size() < 2) {
      data.append(group);
      return;
    }
    // Lets other writers in between.
    for (var told : group) {
      data.append(List.of(told));
      data.letOthersIn();
    }
  }

  private void expireFirst(String bucket, Bytes key) {
    KvEntry entry = connection.record(bucket, key);
    if (defect == Defect.EXPIRY_UNTOLD
        && entry != null
        && entry.expiresMillis() <= data.nowMillis()) {
      data.keys(bucket).remove(key);
    } else if (defect != Defect.EXPIRED_IS_VERSIONED) {
      connection.expire(bucket, key);
    }
  }

  private static void checkSize(WriteBatch.Op op) {
    if (op.value().length > ReferenceConnection.MAX_VALUE) {
      throw new KvException.TooLarge("the value", op.value().length, ReferenceConnection.MAX_VALUE);
    }
  }

  private void check(String bucket, WriteBatch.Op op) {
    KvEntry entry = connection.record(bucket, Bytes.of(op.key()));
    boolean expired = defect == Defect.EXPIRED_IS_VERSIONED && entry != null && entry.live();
    Version actual = entry != null && (expired || connection.live(entry)) ? entry.version() : null;
    boolean marker = defect == Defect.CREATE_MEETS_MARKERS && entry != null;
    if (op.options().absent() && (actual != null || marker)) {
      throw new KvException.AlreadyExists(bucket, op.key(), actual);
    }
    Version expected = op.options().expected();
    if (expected != null && !expected.equals(actual)) {
      throw new KvException.VersionMismatch(bucket, op.key(), expected, actual);
    }
  }

  private @Nullable Version apply(String bucket, WriteBatch.Op op, List<ReferenceData.Told> group) {
    Bytes key = Bytes.of(op.key());
    KvEntry before = connection.record(bucket, key);
    return switch (op.kind()) {
      case REQUIRE -> null;
      case PUT -> put(bucket, op, before, group);
      case DELETE -> {
        if (!connection.live(before) && defect != Defect.DELETE_ABSENT_TELLS) {
          yield null;
        }
        Version version = data.nextVersion();
        long now = data.nowMillis();
        data.keys(bucket)
            .put(key, KvEntry.marker(bucket, op.key().clone(), version, now, KvEntry.Kind.DELETED));
        group.add(
            new ReferenceData.Told(
                bucket, new KvUpdate.Delete(op.key().clone(), version, now, false, null)));
        yield connection.live(before) ? version : null;
      }
      case PURGE -> {
        Version version = data.nextVersion();
        long now = data.nowMillis();
        data.keys(bucket)
            .put(key, KvEntry.marker(bucket, op.key().clone(), version, now, KvEntry.Kind.PURGED));
        group.add(
            new ReferenceData.Told(
                bucket, new KvUpdate.Purge(op.key().clone(), version, now, null)));
        yield version;
      }
    };
  }

  private Version put(
      String bucket, WriteBatch.Op op, @Nullable KvEntry before, List<ReferenceData.Told> group) {
    PutOptions options = op.options();
    long now = data.nowMillis();
    long expires = KvEntry.NEVER;
    if (options.ttl() != null) {
      expires = now + options.ttl().plusNanos(999_999).toMillis();
    } else if (options.expires() != null) {
      expires = options.expires().toEpochMilli();
    } else if (defect == Defect.PUT_KEEPS_DEADLINE && before != null) {
      expires = before.expiresMillis();
    }
    Version version =
        defect == Defect.VERSION_BY_KEY
            ? Version.of(data.epoch, before == null ? 1 : before.version().low() + 1)
            : data.nextVersion();
    // A batch holds copies of what was added, and may be applied again.
    var entry =
        KvEntry.value(
            bucket,
            op.key().clone(),
            op.value().clone(),
            version,
            now,
            expires,
            options.compressed());
    data.keys(bucket).put(Bytes.of(op.key()), entry);
    group.add(new ReferenceData.Told(bucket, new KvUpdate.Put(entry, null)));
    return version;
  }

  /** Puts the caller's own array where the copy should be. */
  void replaceValue(String bucket, byte[] key, byte[] value) {
    connection.locked(() ->
        data.keys(bucket)
            .computeIfPresent(
                Bytes.of(key),
                (_, e) ->
                    KvEntry.value(
                        bucket,
                        e.key(),
                        value,
                        e.version(),
                        e.createdMillis(),
                        e.expiresMillis(),
                        e.compressed())));
  }
}
