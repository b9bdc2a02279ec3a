package dev.kvist.bench.engine;

import java.io.File;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * An engine that can be measured.
 *
 * @param name as given on the command line and printed
 * @param kind whose it is
 * @param traits what it can do
 * @param diskFactor the most disk that it was seen to take, as a multiple of keys and values
 * @param putsPerSecond about what it does, for estimates of the time alone
 * @param version which version, and its settings, for the report
 */
public record Subject(
    String name,
    Kind kind,
    Set<Trait> traits,
    double diskFactor,
    int putsPerSecond,
    String version,
    Opener opener) {
  /** Whose engine it is. */
  public enum Kind {
    /** Kvist's. */
    KVIST,
    /** What Kvist is built on, used without Kvist as Kvist uses it. */
    BASE,
    /** Somebody else's. */
    PEER,
    /** Not an engine, but what no engine can do better than. */
    BOUND
  }

  /** What an engine can do. */
  public enum Trait {
    /** Reads what was written. */
    READS,
    /** Scans in order of the keys, and by prefix. */
    ORDERED,
    /** Scans all entries, in any order. */
    SCANS,
    /** Gets several keys by one call. */
    MULTI_GETS,
    /** Can sync every put. */
    SYNCS,
    /** Is there again after the process has ended. */
    PERSISTS,
    /** Has a cache of its own, of a size that can be chosen; deletes, and gives back the space. */
    CACHES,
    /** Is the client of a server, and measured as one alone. */
    SERVED
  }

  /** Opens an engine. */
  @FunctionalInterface
  interface Opener {
    /** Opens. */
    Engine open(Setup setup) throws Exception;
  }

  /**
   * How a store is opened.
   *
   * @param directory its own; made when it is missing
   * @param synced whether every put is on the device when it returns
   * @param entries how many entries there will be at most
   * @param valueBytes how long the values are
   * @param cacheBytes how large its cache is; 0 for its default
   */
  public record Setup(
      Path directory, boolean synced, long entries, int valueBytes, long cacheBytes) {
    File file(String name) {
      return directory.resolve(name).toFile();
    }
  }

  /** Copies the traits. */
  public Subject {
    traits = Set.copyOf(traits);
  }

  /** Whether it can do something. */
  public boolean has(Trait trait) {
    return traits.contains(trait);
  }

  /** Opens a store. */
  public Engine open(Setup setup) throws Exception {
    java.nio.file.Files.createDirectories(setup.directory());
    return opener.open(setup);
  }

  private static final Set<Trait> ALL = without(EnumSet.allOf(Trait.class), Trait.SERVED);

  /** Streams keep what is overwritten until all around it is too. */
  private static final double SERVED_DISK_FACTOR = 60;

  private static final Set<Trait> NO_CACHE = without(ALL, Trait.CACHES);
  private static final Set<Trait> ONE_BY_ONE = without(NO_CACHE, Trait.MULTI_GETS);
  private static final Set<Trait> IN_MEMORY = EnumSet.of(Trait.READS, Trait.ORDERED, Trait.SCANS);

  private static final List<Subject> SUBJECTS =
      List.of(
          kvist("kvist-simple", "simple:DIR", NO_CACHE, 3, 500_000),
          kvist("kvist-memory", "memory:", with(IN_MEMORY, Trait.MULTI_GETS), 0, 500_000),
          kvist("kvist-rocksdb", "rocksdb:DIR", ALL, 3, 250_000),
          new Subject(
              "rocksdb-same",
              Kind.BASE,
              ALL,
              3,
              250_000,
              "rocksdbjni 10.10.1, the options of a store of kvist-rocksdb, its bytes of keys and values",
              RocksSameEngine::new),
          peer(
              "rocksdb",
              ALL,
              2.5,
              250_000,
              "rocksdbjni 10.10.1, its defaults",
              RocksDbEngine::plain),
          peer(
              "rocksdb-tuned",
              ALL,
              3,
              300_000,
              "rocksdbjni 10.10.1, 512 MiB LRU cache, Bloom filter of 10 bits, no compression, 2 background jobs",
              RocksDbEngine::tuned),
          peer(
              "lmdb",
              ONE_BY_ONE,
              3,
              150_000,
              "lmdbjava 0.9.1, 8 GiB map or more, MDB_NOTLS, MDB_NOSYNC unless synced, one transaction a put, read transactions reset and renewed",
              LmdbEngine::new),
          peer(
              "mvstore",
              with(ONE_BY_ONE, Trait.CACHES),
              24,
              40_000,
              "h2-mvstore 2.4.240, cache 512 MB, auto-commit 1 s; synced: commit() and sync() a put",
              MvStoreEngine::new),
          peer(
              "mapdb",
              without(ONE_BY_ONE, Trait.ORDERED),
              3,
              200_000,
              "mapdb 3.1.0, HTreeMap in a mapped file that grows by 64 MiB, no WAL; synced: WAL and commit() a put",
              MapDbEngine::new),
          peer(
              "chronicle-map",
              EnumSet.of(Trait.READS, Trait.SCANS, Trait.PERSISTS),
              2,
              900_000,
              "chronicle-map 2026.1, persisted file, 1.1 N entries, constant key size",
              ChronicleMapEngine::new),
          peer(
              "xodus",
              with(ONE_BY_ONE, Trait.CACHES),
              8,
              20_000,
              "xodus-environment 2.0.1, defaults, prefixing store, one exclusive transaction a put; synced: log.durableWrite",
              XodusEngine::new),
          bound(
              "map",
              EnumSet.of(Trait.READS, Trait.SCANS),
              0,
              1_000_000,
              "ConcurrentHashMap of wrapped keys, values cloned on get",
              _ -> new HashBound()),
          bound(
              "skip-list",
              IN_MEMORY,
              0,
              500_000,
              "ConcurrentSkipListMap, keys and values cloned while iterating",
              _ -> new SkipListBound()),
          bound(
              "raw-append",
              EnumSet.noneOf(Trait.class),
              1.2,
              4_000_000,
              "a file appended to through a buffer of 64 KiB",
              RawAppendBound::new),
          bound(
              "device",
              EnumSet.of(Trait.SYNCS),
              0,
              20_000,
              "a record of 116 bytes written to a pre-filled file and forced; many writers share a force, without an index",
              DeviceBound::new),
          served(
              "kvist-nats",
              Kind.KVIST,
              "nats://HOST:PORT, its defaults: reads of the leader; import by BulkWriter"),
          served(
              "jnats",
              Kind.BASE,
              "jnats 2.26.2, its KeyValue with its defaults: direct reads; import by publishAsync, 1,000 under way"));

  private static Set<Trait> with(Set<Trait> traits, Trait more) {
    Set<Trait> all = EnumSet.copyOf(traits);
    all.add(more);
    return all;
  }

  private static Set<Trait> without(Set<Trait> traits, Trait one) {
    Set<Trait> left = EnumSet.copyOf(traits);
    left.remove(one);
    return left;
  }

  private static Subject kvist(
      String name, String uri, Set<Trait> traits, double diskFactor, int puts) {
    return new Subject(
        name,
        Kind.KVIST,
        traits,
        diskFactor,
        puts,
        uri + ", its defaults; synced: sync_writes=true",
        setup -> KvistEngine.open(name, setup));
  }

  private static Subject peer(
      String name, Set<Trait> traits, double disk, int puts, String version, Opener opener) {
    return new Subject(name, Kind.PEER, traits, disk, puts, version, opener);
  }

  private static Subject bound(
      String name, Set<Trait> traits, double disk, int puts, String version, Opener opener) {
    return new Subject(name, Kind.BOUND, traits, disk, puts, version, opener);
  }

  /** One that {@code FleetClient} connects. */
  private static Subject served(String name, Kind kind, String version) {
    return new Subject(
        name,
        kind,
        EnumSet.of(Trait.SERVED),
        SERVED_DISK_FACTOR,
        80_000,
        version,
        _ -> {
          throw new UnsupportedOperationException(name + " needs a server, and opens no directory");
        });
  }

  /** All there are, in the order of the tables. */
  public static List<Subject> all() {
    return SUBJECTS;
  }

  /**
   * The one of a name.
   *
   * @throws IllegalArgumentException naming those there are, when there is none
   */
  public static Subject named(String name) {
    return SUBJECTS.stream()
        .filter(subject -> subject.name.equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no engine '"
                    + name
                    + "'; there are "
                    + SUBJECTS.stream().map(Subject::name).toList()));
  }
}
