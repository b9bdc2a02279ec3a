package dev.kvist.bench;

import dev.kvist.bench.engine.Subject;
import dev.kvist.bench.work.Trial;
import dev.kvist.bench.work.Workload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What is run, in order: round by round; in a round, workload by workload; in a workload, engine by
 * engine, each round starting with another one, so that what changes with time hits all alike.
 *
 * @param obstacles the engines that cannot be measured, with the reason
 */
record Plan(List<Trial> trials, List<Obstacle> obstacles) {
  /** Why an engine is not measured. */
  record Obstacle(Workload workload, Subject subject, String reason) {}

  private static final double PROCESS_SECONDS = 1.2;
  private static final double PAUSE_SHARE = 1;
  private static final long SPARE_BYTES = 256L << 20;
  private static final int KEY_BYTES = 16;

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
              obstacles.add(new Obstacle(workload, subject, reason));
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
        add(trials, options, workload, able, round);
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
                workload == Workload.GROW ? options.growEntries() : options.entries(),
                valueBytes,
                workload == Workload.LOOP ? options.loopMillis() : options.millis(),
                (long) (PAUSE_SHARE * options.millis()),
                round));
      }
    }
  }

  /** About how long a trial takes. */
  static double seconds(Trial trial) {
    double fill = (double) trial.entries() / trial.subject().putsPerSecond();
    double phase = trial.millis() / 1e3;
    double pause = trial.pauseMillis() / 1e3;
    return trial.workload().steps().size() * PROCESS_SECONDS
        + switch (trial.workload()) {
          case POINT -> 1.7 * fill + 10.5 * phase + 2.5 * pause;
          case SYNCED -> 9 * phase;
          case WATCH -> 6 * fill + 1.5 * phase;
          case MEMORY -> fill + 2 * pause;
          case OPEN -> 2 * fill;
          case RECOVERY -> 6 * fill;
          case LOOP -> 12 + 1.05 * phase;
          case GROW -> 1.5 * fill;
          case EXPIRY -> 5 + trial.entries() / 15_000.0;
          case BUCKETS, CLI -> 2;
        };
  }

  /** The most disk that a trial takes. */
  static long bytes(Trial trial) {
    double live = (double) trial.entries() * (KEY_BYTES + trial.valueBytes());
    double times =
        switch (trial.workload()) {
          case SYNCED, BUCKETS, CLI -> 0.5;
          case RECOVERY -> 2;
          default -> 1;
        };
    return SPARE_BYTES + (long) (live * times * trial.subject().diskFactor());
  }

  double seconds() {
    return trials.stream().mapToDouble(Plan::seconds).sum();
  }

  /** One store is there at a time. */
  long bytes() {
    return trials.stream().mapToLong(Plan::bytes).max().orElse(0);
  }
}
