package dev.kvist.bench;

import dev.kvist.bench.engine.Subject;
import dev.kvist.bench.work.Trial;
import dev.kvist.bench.work.Workload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * What is run, in order: round by round; in a round, workload by workload; in a workload, engine by
 * engine, each round starting with another one, so that what changes with time hits all alike.
 *
 * @param obstacles the engines that cannot be measured, with the reason
 */
record Plan(List<Trial> trials, List<Obstacle> obstacles) {
  /**
   * Why an engine is not measured.
   *
   * @param valueBytes 0 for all
   */
  record Obstacle(Workload workload, Subject subject, int valueBytes, String reason) {}

  /** For a large fill nobody waits longer. */
  private static final double LONGEST_FILL_SECONDS = 300;

  /** What a device of today does at least, for estimates of the time alone. */
  private static final double BYTES_PER_SECOND = 100e6;

  /** Large values have less overhead than the engines' factors say, which are those of 100 B. */
  private static final double LARGE_VALUES_DISK_FACTOR = 12;

  private static final int LARGE_VALUE_BYTES = 1024;

  /** What a fleet has on one server. */
  static final long MOST_FLEET_ENTRIES = 120_000;

  private static final double PROCESS_SECONDS = 1.2;
  private static final double PAUSE_SHARE = 1;
  private static final long SPARE_BYTES = 256L << 20;

  static Plan of(Options options) {
    var trials = new ArrayList<Trial>();
    var obstacles = new ArrayList<Obstacle>();
    for (int round = 0; round < options.rounds(); round++) {
      for (Workload workload : options.workloads()) {
        List<Subject> concerned = options.engines().stream().filter(workload::concerns).toList();
        if (round == 0) {
          for (Subject subject : concerned) {
            String reason = workload.obstacle(subject);
            if (reason != null) {
              obstacles.add(new Obstacle(workload, subject, 0, reason));
            }
          }
        }
        int number = round;
        List<Subject> able =
            new ArrayList<>(
                concerned.stream()
                    .filter(subject -> workload.obstacle(subject) == null)
                    .filter(subject -> number == 0 || workload.everyRound(subject))
                    .toList());
        Collections.rotate(able, -round);
        if (workload == Workload.LARGE) {
          addLarge(trials, obstacles, options, able, round);
        } else {
          add(trials, options, workload, able, round);
        }
      }
    }
    return new Plan(List.copyOf(trials), List.copyOf(obstacles));
  }

  private static void add(
      List<Trial> trials, Options options, Workload workload, List<Subject> able, int round) {
    int sizes = workload.everySize() ? options.valueBytes().size() : 1;
    for (int valueBytes : options.valueBytes().subList(0, sizes)) {
      for (Subject subject : able) {
        trials.add(
            new Trial(
                workload,
                subject,
                options.data().resolve(workload.id() + "-" + subject.name()),
                entries(options, workload),
                valueBytes,
                workload == Workload.LOOP ? options.loopMillis() : options.millis(),
                (long) (PAUSE_SHARE * options.millis()),
                round));
      }
    }
  }

  private static long entries(Options options, Workload workload) {
    return switch (workload) {
      case GROW -> options.growEntries();
      case FLEET -> Math.min(options.entries(), MOST_FLEET_ENTRIES);
      default -> options.entries();
    };
  }

  private static void addLarge(
      List<Trial> trials,
      List<Obstacle> obstacles,
      Options options,
      List<Subject> able,
      int round) {
    for (LargeSet set : options.largeSets()) {
      for (Subject subject : able) {
        Trial trial =
            new Trial(
                Workload.LARGE,
                subject,
                options.data().resolve(Workload.LARGE.id() + "-" + subject.name()),
                set.entries(),
                set.valueBytes(),
                options.millis(),
                (long) (PAUSE_SHARE * options.millis()),
                round);
        if (fillSeconds(trial) <= LONGEST_FILL_SECONDS) {
          trials.add(trial);
        } else {
          String reason =
              String.format(
                  Locale.ROOT,
                  "at about %d puts a second the fill alone takes %.0f minutes",
                  subject.putsPerSecond(),
                  fillSeconds(trial) / 60);
          obstacles.add(new Obstacle(Workload.LARGE, subject, set.valueBytes(), reason));
        }
      }
    }
  }

  private static double fillSeconds(Trial trial) {
    return (double) trial.entries() / trial.subject().putsPerSecond()
        + trial.dataBytes() / BYTES_PER_SECOND;
  }

  /** About how long a trial takes. */
  static double seconds(Trial trial) {
    double fill = (double) trial.entries() / trial.subject().putsPerSecond();
    double phase = trial.millis() / 1e3;
    double pause = trial.pauseMillis() / 1e3;
    return trial.workload().steps().size() * PROCESS_SECONDS
        + switch (trial.workload()) {
          case POINT -> 1.7 * fill + 12 * phase + 2.5 * pause;
          case LAYER -> 3 * fill + 24 * phase + 2 * pause;
          case SYNCED -> 12 * phase;
          case YCSB -> 1.2 * fill + 9 * phase + 2 * pause;
          case LARGE -> 3 * fillSeconds(trial) + 3 * phase + 2 * pause;
          case WATCH -> 6 * fill + 1.5 * phase;
          case MEMORY -> fill + 2 * pause;
          case OPEN -> 2 * fill;
          case RECOVERY -> 6 * fill;
          case LOOP -> 12 + 1.05 * phase;
          case GROW -> 1.5 * fill;
          case EXPIRY -> 5 + trial.entries() / 15_000.0;
          case FLEET -> 6 * fill + 40 * phase;
          case BUCKETS, CLI -> 2;
        };
  }

  /** The most disk that a trial takes. */
  static long bytes(Trial trial) {
    double live = trial.dataBytes();
    double factor = trial.subject().diskFactor();
    if (trial.valueBytes() >= LARGE_VALUE_BYTES) {
      factor = Math.min(factor, LARGE_VALUES_DISK_FACTOR);
    }
    double times =
        switch (trial.workload()) {
          case SYNCED, BUCKETS, CLI -> 0.5;
          case RECOVERY, LAYER -> 2;
          default -> 1;
        };
    return SPARE_BYTES + (long) (live * times * factor);
  }

  double seconds() {
    return trials.stream().mapToDouble(Plan::seconds).sum();
  }

  /** One store is there at a time. */
  long bytes() {
    return trials.stream().mapToLong(Plan::bytes).max().orElse(0);
  }
}
