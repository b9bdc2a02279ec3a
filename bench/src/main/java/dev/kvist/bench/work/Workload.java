package dev.kvist.bench.work;

import dev.kvist.bench.engine.Subject;
import dev.kvist.bench.engine.Subject.Kind;
import dev.kvist.bench.engine.Subject.Trait;
import dev.kvist.bench.fleet.NatsProgram;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What can be done to an engine. Each step of it has a process of its own. */
public enum Workload {
  /** Fill, scans, gets, misses, a mix: in one process, in this order. */
  POINT("fill, scan, get, miss, mix", Step.run("point", Point::run)),
  /** What Kvist costs above RocksDB. */
  LAYER("the layer above RocksDB, in turns with it", Step.run("layer", Layer::run)),
  /** Synced puts. */
  SYNCED("synced puts", Step.run("synced", Synced::run)),
  /** The mixes of YCSB. */
  YCSB("YCSB A to F", Step.run("ycsb", Ycsb::run)),
  /** More data than the cache holds. */
  LARGE("large data sets", Step.run("large", Large::run)),
  /** Watches. */
  WATCH("watches", Step.run("watch", Watching::run)),
  /** Memory an entry. */
  MEMORY("memory", Step.run("memory", Memory::run)),
  /** Open after a clean close and after a kill. */
  OPEN(
      "open",
      Step.run("fill", Opening::fillAndClose),
      Step.run("open", Opening::openClean),
      Step.killed("fill-killed", Opening::fill),
      Step.run("open-killed", Opening::openKilled)),
  /** Recovery from the log alone. */
  RECOVERY(
      "recovery from the log",
      Step.killed("fill-killed", Opening::fill),
      Step.run("recover", Recovering::run)),
  /** Many buckets. */
  BUCKETS(
      "10,000 buckets", Step.run("make", ManyBuckets::make), Step.run("open", ManyBuckets::open)),
  /** Operations that come at a rate, whatever the engine does. */
  LOOP("open loop", Step.run("loop", OpenLoop::run)),
  /** A store that grows. */
  GROW("large fill", Step.run("grow", Growth::run)),
  /** Many keys that expire at once. */
  EXPIRY("expiry", Step.run("expiry", MassExpiry::run)),
  /** A server, and clients of it. */
  FLEET("fleet, on a NATS server of its own", Step.run("fleet", Fleet::run)),
  /** The command line. */
  CLI("command line", Step.run("get", CommandLine::run));

  /** The work of a step. */
  @FunctionalInterface
  interface Work {
    void run(Trial trial, Report report) throws Exception;
  }

  /**
   * One process of a workload.
   *
   * @param name what it is called
   * @param killed whether it is killed when it says that it is ready
   */
  public record Step(String name, boolean killed, Work work) {
    static Step run(String name, Work work) {
      return new Step(name, false, work);
    }

    static Step killed(String name, Work work) {
      return new Step(name, true, work);
    }
  }

  private final String title;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<Step> steps;

  Workload(String title, Step... steps) {
    this.title = title;
    this.steps = List.of(steps);
  }

  /** What it is, in a few words. */
  public String title() {
    return title;
  }

  /** The name on the command line. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its processes, in order. */
  public List<Step> steps() {
    return steps;
  }

  /** Whether it is of an engine at all; those that only Kvist is measured by are not of peers. */
  public boolean concerns(Subject subject) {
    if (this == FLEET || subject.has(Trait.SERVED)) {
      return this == FLEET && subject.has(Trait.SERVED);
    }
    return switch (this) {
      case POINT -> !subject.name().equals("device");
      case SYNCED ->
          subject.name().equals("device")
              || (subject.kind() != Kind.BOUND && !subject.name().equals("kvist-memory"));
      case LAYER -> subject.name().equals("kvist-rocksdb");
      case YCSB -> subject.kind() != Kind.BOUND;
      case LARGE -> subject.has(Trait.CACHES);
      case WATCH -> subject.kind() == Kind.KVIST;
      case MEMORY -> subject.kind() == Kind.KVIST && !subject.name().equals("kvist-rocksdb");
      case OPEN ->
          subject.kind() != Kind.BOUND
              && subject.kind() != Kind.BASE
              && !subject.name().equals("kvist-memory");
      default -> subject.name().equals("kvist-simple");
    };
  }

  /** Why an engine that it concerns cannot be measured; null when it can. */
  public @Nullable String obstacle(Subject subject) {
    if (this == SYNCED && !subject.has(Trait.SYNCS)) {
      return "it has no synced put";
    }
    if (this == OPEN && !subject.has(Trait.PERSISTS)) {
      return "nothing is left of it when it is closed";
    }
    if (this == FLEET && NatsProgram.found() == null) {
      return NatsProgram.MISSING;
    }
    return null;
  }

  /** Whether it is done for each length of values, and not just for the first one. */
  public boolean everySize() {
    return this == POINT
        || this == LAYER
        || this == YCSB
        || this == OPEN
        || this == MEMORY
        || this == RECOVERY;
  }

  /** Whether every round does it; otherwise just the first does: peers are no bar in an open. */
  public boolean everyRound(Subject subject) {
    return switch (this) {
      case LOOP, GROW, LARGE -> false;
      case OPEN -> subject.kind() == Kind.KVIST;
      default -> true;
    };
  }
}
