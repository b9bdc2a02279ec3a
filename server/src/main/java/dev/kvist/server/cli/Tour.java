package dev.kvist.server.cli;

import dev.kvist.Capability;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KeyText;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvMaintenance.Verification;
import dev.kvist.KvReader;
import dev.kvist.KvScan;
import dev.kvist.KvStore;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Kvist;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import dev.kvist.server.cli.TourData.Pair;
import dev.kvist.server.cli.TourData.Source;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

final class Tour implements Command {
  private static final int BATCH = 500;
  private static final int SHOWN = 3;
  private static final String SESSIONS = "tour_sessions";
  private static final Duration TTL = Duration.ofMillis(300);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private final Root root;
  private int step;

  Tour(Root root) {
    this.root = root;
  }

  static Syntax syntax() {
    return new Syntax()
        .about(
            "Imports real data of this machine, reads it back, scans a prefix, kills an import with kill -9 in the middle and shows that nothing acknowledged was lost, checks every record, and leaves the store to play with. May be run again.")
        .examples("./kvist tour");
  }

  @Override
  public int run() throws IOException {
    long start = System.nanoTime();
    ConnectionOptions options = root.chosen();
    List<Source> sources = TourData.find();
    say("opened the store " + options);
    try (Session session = root.open()) {
      for (Source source : sources) {
        store(session, source);
      }
      for (Source source : sources) {
        readBack(session, source);
      }
      scan(session, sources.getFirst());
      expire(session);
      session.connection().drop(TourCrash.BUCKET);
    }
    var crash = new TourCrash(sources.getLast().pairs());
    long acknowledged = kill(crash);
    long opening = System.nanoTime();
    try (Session session = root.open()) {
      lookUp(session, crash, acknowledged, opening);
      check(session);
      statistics(session);
    }
    say("done in " + Sizes.secondsSince(start) + "; the store stays. Three commands to try:");
    suggest(sources.getFirst());
    return Cli.DONE;
  }

  private void say(String text) throws IOException {
    step++;
    root.console().line(step + ". " + text);
    root.console().out().flush();
  }

  private void store(Session session, Source source) throws IOException {
    long start = System.nanoTime();
    // The last of several entries of one name counts, as it would with single puts.
    List<Map.Entry<String, String>> rows = List.copyOf(unique(source).entrySet());
    int most = Math.clamp(session.connection().capabilities().maxBatchOps(), 1, BATCH);
    for (int from = 0; from < rows.size(); from += most) {
      var batch = new WriteBatch();
      for (Map.Entry<String, String> row : rows.subList(from, Math.min(rows.size(), from + most))) {
        batch.put(Kvist.utf8(row.getKey()), Kvist.utf8(row.getValue()));
      }
      session.store(source.bucket()).batch().apply(batch);
    }
    say(
        "imported "
            + Sizes.grouped(rows.size())
            + " "
            + source.what()
            + " into bucket "
            + source.bucket()
            + rate(rows.size(), start));
  }

  private static Map<String, String> unique(Source source) {
    var unique = new HashMap<String, String>();
    for (Pair pair : source.pairs()) {
      unique.put(pair.key(), pair.value());
    }
    return unique;
  }

  private static String rate(long count, long startNanos) {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    return " in "
        + Sizes.secondsSince(startNanos)
        + " ("
        + Sizes.grouped((long) (count / seconds))
        + "/s)";
  }

  private void readBack(Session session, Source source) throws IOException {
    Map<String, String> rows = unique(source);
    KvReader reader = session.store(source.bucket()).reader();
    long start = System.nanoTime();
    for (Map.Entry<String, String> row : rows.entrySet()) {
      if (!Arrays.equals(reader.get(Kvist.utf8(row.getKey())), Kvist.utf8(row.getValue()))) {
        throw new IllegalStateException(
            "the value of "
                + row.getKey()
                + " in bucket "
                + source.bucket()
                + " is not the imported one");
      }
    }
    say(
        "read back all "
            + Sizes.grouped(rows.size())
            + " of "
            + source.bucket()
            + ", each equal"
            + rate(rows.size(), start));
  }

  private void scan(Session session, Source source) throws IOException {
    var first = new ArrayList<String>();
    long count = 0;
    try (KvScan<KvEntry> entries =
        session
            .store(source.bucket())
            .reader()
            .scan(KeyRange.prefix(Kvist.utf8(source.prefix())))) {
      for (KvEntry entry : entries) {
        count++;
        if (first.size() < SHOWN) {
          first.add(KeyText.print(entry.key()));
        }
      }
    }
    say(
        "scanned the prefix "
            + source.prefix()
            + " of "
            + source.bucket()
            + ": "
            + Sizes.grouped(count)
            + " entries"
            + (first.isEmpty() ? "" : ", the first are " + String.join(", ", first)));
  }

  private void expire(Session session) throws IOException {
    KvStore sessions = session.store(SESSIONS);
    byte[] key = Kvist.utf8("alice");
    try (KvWatch watch = sessions.watcher().watch(WatchScope.prefix(key), WatchOptions.fromNow())) {
      long start = System.nanoTime();
      sessions.ttl().put(key, Kvist.utf8("is here"), TTL);
      KvUpdate update = watch.next(LONGEST_WAIT);
      while (update != null && !(update instanceof KvUpdate.Delete delete && delete.expired())) {
        update = watch.next(LONGEST_WAIT);
      }
      if (update == null || sessions.reader().exists(key)) {
        throw new IllegalStateException(
            "a key with " + TTL.toMillis() + " ms to live did not expire");
      }
      say(
          "put a session with "
              + TTL.toMillis()
              + " ms to live; a watch reported its expiry after "
              + millisSince(start));
    }
  }

  private static String millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000 + " ms";
  }

  private long kill(TourCrash crash) throws IOException {
    long acknowledged = crash.importAndKill(root.sharedArguments());
    say(
        "started an import in a second process and killed it with kill -9 after "
            + crash.killedAfterMillis()
            + " ms, when it had acknowledged "
            + Sizes.count(acknowledged, "line"));
    return acknowledged;
  }

  private void lookUp(Session session, TourCrash crash, long acknowledged, long opening)
      throws IOException {
    String opened = millisSince(opening);
    long missing = crash.missing(session.store(TourCrash.BUCKET).reader(), acknowledged);
    if (missing > 0) {
      throw new IllegalStateException(
          missing + " of " + acknowledged + " acknowledged lines are lost");
    }
    say(
        "opened the store again in "
            + opened
            + ": all "
            + Sizes.grouped(acknowledged)
            + " acknowledged lines are there");
    session.connection().drop(TourCrash.BUCKET);
  }

  private void statistics(Session session) throws IOException {
    Map<String, Long> stats = new TreeMap<>(session.connection().stats());
    stats.values().removeIf(number -> number == 0);
    say("statistics since that opening, without those that are 0:");
    Stats.printTable(root.console(), stats);
  }

  private void check(Session session) throws IOException {
    if (!session.connection().capabilities().has(Capability.MAINTENANCE)) {
      return;
    }
    long start = System.nanoTime();
    session.connection().maintenance().compact();
    Verification found = session.connection().maintenance().verify();
    if (!found.damages().isEmpty()) {
      throw new KvException.Corrupted(
          found.damages().getFirst(), 0, Sizes.count(found.damages().size(), "damaged place"));
    }
    say(
        "gave back the space of what the killed import had written, and checked all "
            + Sizes.count(found.records(), "record")
            + " in "
            + Sizes.secondsSince(start)
            + ": no damage");
  }

  private void suggest(Source source) throws IOException {
    for (String command : suggestions(source, root.sharedArguments())) {
      root.console().line("   " + command);
    }
  }

  /**
   * Commands to try, as they are typed into a shell.
   *
   * @param shared the options that choose the store
   */
  static List<String> suggestions(Source source, List<String> shared) {
    List<Pair> pairs = source.pairs();
    String key = KeyText.print(Kvist.utf8(pairs.get(pairs.size() / 2).key()));
    String prefix = KeyText.print(Kvist.utf8(source.prefix()));
    return Stream.of(
            List.of("get", source.bucket(), key),
            List.of("scan", source.bucket(), prefix, "--limit", "3", "--format", "tsv"),
            List.of("put", source.bucket(), "my-key", "my value", "--ttl", "10m"))
        .map(words -> "./kvist " + quoted(shared) + quoted(words).strip())
        .toList();
  }

  /** Words as a shell reads them, each with a space behind it. */
  private static String quoted(List<String> words) {
    var line = new StringBuilder();
    for (String word : words) {
      boolean plain = word.matches("[\\w@%+=:,./-]+");
      line.append(plain ? word : "'" + word.replace("'", "'\\''") + "'").append(' ');
    }
    return line.toString();
  }
}
