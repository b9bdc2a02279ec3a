package dev.kvist;

import java.util.Locale;

/** What a connection may support. */
public enum Capability {
  /** Versions, {@code create}, {@code update}, {@code delete(key, expected)}. */
  CAS,
  /** {@link KvStore#batch}. */
  BATCH,
  /** {@link Connection#batch}. */
  BATCH_ACROSS_BUCKETS,
  /** {@link KvStore#ttl} and deadlines in {@link PutOptions}. */
  TTL,
  /** {@link KvStore#purger}. */
  PURGE,
  /** Delete markers, visible in {@link KvReader#entry}. */
  MARKERS,
  /** {@link KvReader#keys} and {@link KvReader#scan}, with prefixes. */
  SCAN,
  /** Scans in byte order, with bounds, in both directions. */
  ORDERED_SCAN,
  /** {@link KvReader#getAll} in few round trips. */
  MULTI_GET,
  /** {@link KvStore#watcher} with state-sync and from now. */
  WATCH,
  /** Watches of several prefixes. */
  WATCH_PREFIXES,
  /** Watches from a cursor. */
  WATCH_CURSOR,
  /** {@link Connection#drop}. */
  DROP,
  /** {@link Connection#maintenance}. */
  MAINTENANCE;

  /** The name in camel case, as documents write it: {@code batchAcrossBuckets}. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (String word : name().toLowerCase(Locale.ROOT).split("_", -1)) {
      text.append(
          text.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
    }
    return text.toString();
  }
}
