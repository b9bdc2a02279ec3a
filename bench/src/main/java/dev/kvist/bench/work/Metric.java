package dev.kvist.bench.work;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What is measured, in the order of the tables. */
public enum Metric {
  /** Puts of new keys in random order, one thread. */
  FILL("fill", Unit.PER_SECOND, "map"),
  /** The same with the time added that a first full scan takes longer than a second one. */
  FILL_ORDERED("fill, order made", Unit.PER_SECOND, "map"),
  /** The same with the whole time of a full scan right after it. */
  FILL_SCAN("fill and full scan", Unit.PER_SECOND, "map"),
  /** Entries of a full scan. */
  SCAN("full scan", Unit.PER_SECOND, "skip-list"),
  /** Gets of existing keys, one thread. */
  GET1("get, 1 thread", Unit.PER_SECOND, "map"),
  /** Gets of existing keys, two threads. */
  GET2("get, 2 threads", Unit.PER_SECOND, "map"),
  /** Gets of absent keys. */
  MISS("miss", Unit.PER_SECOND, "map"),
  /** Half gets, half overwrites, zipfian, two threads. */
  MIX2("50/50 zipfian, 2 threads", Unit.PER_SECOND, "map"),
  /** Entries of scans of about 1,000 entries each. */
  PREFIX("prefix scans of 1,000", Unit.PER_SECOND, "skip-list"),
  /** Keys got by calls for 100 existing ones, one thread. */
  MULTI_GET("get of 100 keys, keys", Unit.PER_SECOND, null),
  /** Heap that a get of an existing key takes. */
  GET_HEAP("heap a get", Unit.BYTES, null),
  /** Puts of new keys, as a share of those of the engine below, in turns with them. */
  LAYER_FILL("fill, of RocksDB's in turns", Unit.COUNT, null),
  /** Gets, in the same way. */
  LAYER_GET1("get, of RocksDB's in turns", Unit.COUNT, null),
  /** Gets of 100 keys, in the same way. */
  LAYER_MULTI_GET("get of 100 keys, of RocksDB's in turns", Unit.COUNT, null),
  /** Full scans, in the same way. */
  LAYER_SCAN("full scan, of RocksDB's in turns", Unit.COUNT, null),
  /** Scans of about 1,000 entries, in the same way. */
  LAYER_PREFIX("prefix scans of 1,000, of RocksDB's in turns", Unit.COUNT, null),
  /** Disk after the overwrites. */
  DISK("disk", Unit.BYTES, null),
  /** Disk after the close. */
  DISK_CLOSED("disk, closed", Unit.BYTES, null),
  /** A close. */
  CLOSE("close", Unit.MILLIS, null),

  /** Synced puts of one platform thread. */
  SYNC1("synced put, 1 thread", Unit.PER_SECOND, "device"),
  /** The median time of one. */
  SYNC1_P50("p50 of 1 thread", Unit.MICROS, "device"),
  /** The 99th percentile. */
  SYNC1_P99("p99 of 1 thread", Unit.MICROS, "device"),
  /** Synced puts of 64 virtual threads. */
  SYNC64("synced put, 64 virtual", Unit.PER_SECOND, "device"),
  /** Synced puts of 64 platform threads. */
  SYNC64_PLATFORM("synced put, 64 threads", Unit.PER_SECOND, "device"),
  /** Synced puts of 50 platform threads. */
  SYNC50("synced put, 50 threads", Unit.PER_SECOND, "device"),
  /** Syncs for 1,000 puts of those. */
  SYNC50_SYNCS("syncs per 1,000 of 50", Unit.COUNT, "device"),

  /** YCSB's A: half reads, half updates, zipfian. */
  YCSB_A("A, half updates", Unit.PER_SECOND, null),
  /** YCSB's B: 95 % reads, 5 % updates, zipfian. */
  YCSB_B("B, 5 % updates", Unit.PER_SECOND, null),
  /** YCSB's C: reads, zipfian. */
  YCSB_C("C, reads", Unit.PER_SECOND, null),
  /** YCSB's D: 95 % reads of the latest, 5 % inserts. */
  YCSB_D("D, the latest", Unit.PER_SECOND, null),
  /** YCSB's E: 95 % scans of up to 100 entries, 5 % inserts. */
  YCSB_E("E, scans", Unit.PER_SECOND, null),
  /** YCSB's F: half reads, half reads with an update of the same entry, zipfian. */
  YCSB_F("F, read and update", Unit.PER_SECOND, null),

  /** Puts of the fill of a large data set. */
  LARGE_FILL("fill", Unit.PER_SECOND, null),
  /** Bytes of tables and blobs written for a byte of the data. */
  LARGE_WRITTEN("written, without log", Unit.COUNT, null),
  /** The same with the write-ahead log. */
  LARGE_WRITTEN_LOG("written, with log", Unit.COUNT, null),
  /** Gets in it, one thread. */
  LARGE_GET1("get, 1 thread", Unit.PER_SECOND, null),
  /** Gets in it, two threads. */
  LARGE_GET2("get, 2 threads", Unit.PER_SECOND, null),
  /** Entries of scans of parts of it. */
  LARGE_SCAN("scans of 1,000", Unit.PER_SECOND, null),
  /** Deletes of half of it. */
  LARGE_DELETE("delete of a half", Unit.PER_SECOND, null),
  /** How long it takes to give the space back. */
  LARGE_RECLAIM("space given back in", Unit.MILLIS, null),
  /** Disk before the deletes. */
  LARGE_DISK("disk", Unit.BYTES, null),
  /** Disk after the space was given back. */
  LARGE_DISK_LEFT("disk, half deleted", Unit.BYTES, null),

  /** A fill in the process that measures watches, without one. */
  WATCH0_FILL("fill, no watch", Unit.PER_SECOND, null),
  /** A fill with one watch of all keys. */
  WATCH1_FILL("fill, 1 watch", Unit.PER_SECOND, null),
  /** A fill with 100 watches of a hundredth each. */
  WATCH100_FILL("fill, 100 watches", Unit.PER_SECOND, null),
  /** Updates that a consumer takes from a change stream. */
  DELIVERY("watch delivery", Unit.PER_SECOND, null),
  /** Watches that retention overtook in those fills. */
  WATCH_OVERTAKEN("watches overtaken", Unit.COUNT, null),

  /** Anonymous memory and live heap an entry, above those of an empty store. */
  MEMORY("memory an entry", Unit.BYTES, null),
  /** The part of it that is anonymous memory outside the heap. */
  MEMORY_ANON("of it anonymous", Unit.BYTES, null),
  /** The part of it that is live heap. */
  MEMORY_HEAP("of it live heap", Unit.BYTES, null),

  /** Open and first get after a clean close. */
  OPEN_CLEAN("open, clean", Unit.MILLIS, null),
  /** Open and first get after kill -9. */
  OPEN_KILLED("open, killed", Unit.MILLIS, null),
  /** The share of acknowledged puts that kill -9 lost. */
  LOST("lost by the kill", Unit.PERCENT, null),

  /** The log read by recovery without any state. */
  RECOVERY("recovery from the log", Unit.BYTES_PER_SECOND, null),
  /** The same files read and checksummed. */
  READ_CRC("read and CRC32C", Unit.BYTES_PER_SECOND, null),
  /** An open of a store with 10,000 buckets. */
  BUCKETS_OPEN("open, 10,000 buckets", Unit.MILLIS, null),

  /** Operations done in the open loop. */
  LOOP_RATE("open loop", Unit.PER_SECOND, null),
  /** The longest put in it, from its intended start. */
  LOOP_PUT_WORST("worst put", Unit.MICROS, null),
  /** The longest get in it. */
  LOOP_GET_WORST("worst get", Unit.MICROS, null),
  /** The 99.99th percentile of puts and gets. */
  LOOP_P9999("p99.99", Unit.MICROS, null),
  /** The longest that the control thread did not run. */
  LOOP_CONTROL("worst of the control", Unit.MICROS, null),
  /** Compactions meanwhile. */
  LOOP_COMPACTIONS("compactions", Unit.COUNT, null),

  /** Puts while a store grows. */
  GROW_RATE("large fill", Unit.PER_SECOND, null),
  /** The longest put in it. */
  GROW_WORST("worst put of a large fill", Unit.MICROS, null),
  /** The 99.99th percentile of them. */
  GROW_P9999("p99.99 of a large fill", Unit.MICROS, null),

  /** The longest operation while many keys expire at once. */
  EXPIRY_WORST("worst operation in an expiry", Unit.MICROS, null),
  /** The 99.99th percentile of them. */
  EXPIRY_P9999("p99.99 in an expiry", Unit.MICROS, null),
  /** The time from the deadline until all of them were swept. */
  EXPIRY_SWEPT("all swept after", Unit.MILLIS, null),

  /** Puts on a server, one thread. */
  FLEET_PUT1("put, 1 thread", Unit.PER_SECOND, "jnats"),
  /** Puts on a server, 64 virtual threads. */
  FLEET_PUT64("put, 64 virtual", Unit.PER_SECOND, "jnats"),
  /** Gets on a server, one thread. */
  FLEET_GET1("get, 1 thread", Unit.PER_SECOND, "jnats"),
  /** Conditional overwrites on a server, one thread. */
  FLEET_CAS1("CAS, 1 thread", Unit.PER_SECOND, "jnats"),
  /** Keys of multi-gets of 500, or of as many gets. */
  FLEET_MULTI_GET("get of 500 keys, keys", Unit.PER_SECOND, "jnats"),
  /** Entries stored as fast as a client can. */
  FLEET_IMPORT("import", Unit.PER_SECOND, "jnats"),
  /** Gets of one thread, as a share of those of the library it is built on, in turns with them. */
  FLEET_GET1_TURNS("get, of jnats' in turns", Unit.COUNT, null),
  /** Conditional overwrites of one thread, in the same way. */
  FLEET_CAS1_TURNS("CAS, of jnats' in turns", Unit.COUNT, null),
  /** Puts of one thread, in the same way. */
  FLEET_PUT1_TURNS("put, of jnats' in turns", Unit.COUNT, null),
  /** All keys, as the client reads them. */
  FLEET_KEYS("keys", Unit.PER_SECOND, "jnats"),
  /** All keys, by a consumer that is pushed to. */
  FLEET_KEYS_PUSH("keys, raw push", Unit.PER_SECOND, null),
  /** All keys, by a consumer that pulls. */
  FLEET_KEYS_PULL("keys, raw pull", Unit.PER_SECOND, null),
  /** All entries, as the client reads them. */
  FLEET_SCAN("full scan", Unit.PER_SECOND, "jnats"),
  /** All entries, by a consumer that is pushed to. */
  FLEET_SCAN_PUSH("scan, raw push", Unit.PER_SECOND, null),
  /** All entries, by a consumer that pulls. */
  FLEET_SCAN_PULL("scan, raw pull", Unit.PER_SECOND, null),
  /** The thousand entries with a prefix. */
  FLEET_PREFIX("1,000 by prefix", Unit.MILLIS, "jnats"),
  /** Entries that a watch gives until it has caught up. */
  FLEET_SYNC("state-sync watch", Unit.PER_SECOND, "jnats"),
  /** Entries published as fast as a server takes them, while a watch follows. */
  FLEET_LIVE("published beside a watch", Unit.PER_SECOND, "jnats"),
  /** The longest from a publish until the watch gave it. */
  FLEET_LAG("worst lag of it", Unit.MILLIS, "jnats"),
  /** The median. */
  FLEET_LAG_P50("p50 of the lag", Unit.MILLIS, "jnats"),

  /** Wall time of a get on the command line. */
  CLI_GET("./kvist get", Unit.MILLIS, null);

  /** What a figure counts. */
  public enum Unit {
    /** How many a second; more is better. */
    PER_SECOND,
    /** Bytes a second; more is better. */
    BYTES_PER_SECOND,
    /** Bytes. */
    BYTES,
    /** Milliseconds. */
    MILLIS,
    /** Microseconds. */
    MICROS,
    /** Hundredths. */
    PERCENT,
    /** A number. */
    COUNT;

    /** The unit as it is written behind a figure. */
    public String text() {
      return switch (this) {
        case PER_SECOND -> "/s";
        case BYTES_PER_SECOND -> "B/s";
        case BYTES -> "B";
        case MILLIS -> "ms";
        case MICROS -> "us";
        case PERCENT -> "%";
        case COUNT -> "";
      };
    }
  }

  private final String title;
  private final Unit unit;
  private final @Nullable String bound;

  Metric(String title, Unit unit, @Nullable String bound) {
    this.title = title;
    this.unit = unit;
    this.bound = bound;
  }

  /** What it is, as the head of a column. */
  public String title() {
    return title;
  }

  /** What it counts. */
  public Unit unit() {
    return unit;
  }

  /** The engine that it is compared with; null when there is none. */
  public @Nullable String bound() {
    return bound;
  }

  /** Whether a greater figure is a better one. */
  public boolean moreIsBetter() {
    return unit == Unit.PER_SECOND || unit == Unit.BYTES_PER_SECOND;
  }

  /** The name in files and between processes. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
