package dev.kvist.rocksdb;

import dev.kvist.KvEntry;
import java.util.Arrays;

/** Records as callers see them. */
final class Entries {
  private Entries() {}

  /** A value, of a record in a part of an array. */
  static KvEntry value(
      Store store, String bucketName, byte[] key, byte[] record, int from, int to) {
    return KvEntry.value(
        bucketName,
        key,
        Arrays.copyOfRange(record, from + RecordLayout.HEADER_BYTES, to),
        store.epochs.version(RecordLayout.counter(record, from)),
        RecordLayout.writtenAt(record, from),
        RecordLayout.deadline(record, from),
        (RecordLayout.flags(record, from) & RecordLayout.PAIR) != 0);
  }

  static KvEntry marker(Store store, String bucketName, byte[] key, byte[] record) {
    boolean purged = RecordLayout.kind(record, 0) == RecordLayout.PURGED;
    return KvEntry.marker(
        bucketName,
        key,
        store.epochs.version(RecordLayout.counter(record, 0)),
        RecordLayout.writtenAt(record, 0),
        purged ? KvEntry.Kind.PURGED : KvEntry.Kind.DELETED);
  }
}
