package dev.kvist.rocksdb;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** The entries of a watch's scope that are not newer than a counter, prefix by prefix. */
final class StateScan implements Iterator<KvEntry> {
  private final Store store;
  private final String bucketName;
  private final Iterator<byte[]> prefixes;
  private final long upTo;
  private Iterator<KvEntry> scan = List.<KvEntry>of().iterator();
  private @Nullable KvEntry next;

  StateScan(Store store, String bucketName, List<byte[]> prefixes, long upTo) {
    this.store = store;
    this.bucketName = bucketName;
    this.prefixes = prefixes.isEmpty() ? List.of(new byte[0]).iterator() : prefixes.iterator();
    this.upTo = upTo;
  }

  @Override
  public boolean hasNext() {
    while (next == null) {
      if (scan.hasNext()) {
        KvEntry entry = scan.next();
        next = entry.version().low() <= upTo ? entry : null;
      } else if (prefixes.hasNext()) {
        scan =
            RocksScan.entries(store, null, bucketName, KeyRange.prefix(prefixes.next())).iterator();
      } else {
        return false;
      }
    }
    return true;
  }

  @Override
  public KvEntry next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    KvEntry entry = java.util.Objects.requireNonNull(next);
    next = null;
    return entry;
  }
}
