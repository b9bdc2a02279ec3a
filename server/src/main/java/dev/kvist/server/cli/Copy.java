package dev.kvist.server.cli;

import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KeyText;
import dev.kvist.KvEntry;
import dev.kvist.KvReader;
import dev.kvist.KvScan;
import dev.kvist.server.rows.Row;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class Copy implements Command {
  private final Root root;
  private final @Nullable String from;
  private final String to;
  private final List<String> names;

  Copy(Root root, Given given) {
    this.root = root;
    from = given.option("--from");
    to = given.required("--to");
    names = given.all("BUCKET");
  }

  static Syntax syntax() {
    return new Syntax()
        .option(
            "--from",
            "URI",
            "The store to read; else the one that --store or the configuration names.")
        .required("--to", "URI", "The store to write; made when it is missing.")
        .any("BUCKET", "Only these buckets.")
        .about(
            "Values, absolute deadlines and the compressed flag are carried over; versions and cursors are not. Keys that only the target has stay. At the end both sides are read and their digests compared, and a line per bucket says name, number of entries and SHA-256. Run it again after an interruption: what is there already is not written again.")
        .examples(
            "./kvist put demo greeting hello",
            "./kvist copy --from rocksdb:data/badger --to simple:elsewhere",
            "./kvist copy --from rocksdb:data/badger --to simple:elsewhere demo");
  }

  @Override
  public int run() throws IOException {
    if (to.equals(from)) {
      throw new IllegalArgumentException("--from and --to name the same store");
    }
    ConnectionOptions origin =
        StoreChoice.forReading(
            from == null ? root.existing() : ConnectionOptions.parse(from),
            root.console().directory());
    ConnectionOptions options = ConnectionOptions.parse(to);
    // The source first: where it is missing, no target is made.
    try (Session source = Session.open(root, origin)) {
      List<String> buckets = chosen(source.buckets());
      try (Session target = Session.open(root, options)) {
        for (String bucket : buckets) {
          copy(source, target, bucket);
          verify(source, target, bucket);
        }
      }
    }
    return Cli.DONE;
  }

  private List<String> chosen(List<String> there) {
    if (there.isEmpty()) {
      throw new IllegalArgumentException("the source has no buckets; check its URI");
    }
    for (String name : names) {
      if (!there.contains(name)) {
        throw new IllegalArgumentException(
            "the source has no bucket '" + name + "'; it has " + there);
      }
    }
    return names.isEmpty() ? there : names;
  }

  private void copy(Session source, Session target, String bucket) {
    long start = System.nanoTime();
    boolean compare = target.has(bucket);
    KvReader there = target.store(bucket).reader();
    Duration resolution = target.connection().capabilities().ttlResolution();
    var storer =
        new RowStorer(
            target.store(bucket),
            target.connection().capabilities(),
            (row, why) -> {
              throw new IllegalArgumentException(
                  "the target refuses key "
                      + KeyText.print(row.key())
                      + " of bucket "
                      + bucket
                      + ": "
                      + why);
            });
    long same = 0;
    long bytes = 0;
    try (storer;
        var progress =
            Progress.ofEntries(root.console(), "entries of " + bucket, source.entries(bucket));
        KvScan<KvEntry> entries = source.store(bucket).reader().scan(KeyRange.all())) {
      for (KvEntry entry : entries) {
        if (compare && same(entry, there.entry(entry.key()), resolution)) {
          same++;
        } else {
          storer.add(Row.of(entry));
        }
        bytes += entry.key().length + entry.value().length;
        progress.at(storer.stored() + same, bytes);
      }
      storer.flush();
    }
    root.console()
        .say(
            "kvist: "
                + bucket
                + ": copied "
                + Sizes.grouped(storer.stored())
                + ", already there "
                + Sizes.grouped(same)
                + ", in "
                + Sizes.secondsSince(start));
  }

  private static boolean same(KvEntry entry, @Nullable KvEntry other, Duration resolution) {
    return other != null
        && other.live()
        && Arrays.equals(entry.value(), other.value())
        && entry.compressed() == other.compressed()
        && sameDeadline(entry.expiresMillis(), other.expiresMillis(), resolution);
  }

  /** The target may have rounded a deadline up to its resolution. */
  private static boolean sameDeadline(long expiresMillis, long otherMillis, Duration resolution) {
    if (expiresMillis == KvEntry.NEVER || otherMillis == KvEntry.NEVER) {
      return expiresMillis == otherMillis;
    }
    return Math.abs(otherMillis - expiresMillis) <= resolution.toMillis();
  }

  private void verify(Session source, Session target, String bucket) throws IOException {
    var read = new EntryDigest();
    var written = new EntryDigest();
    KvReader there = target.store(bucket).reader();
    Duration resolution = target.connection().capabilities().ttlResolution();
    try (KvScan<KvEntry> entries = source.store(bucket).reader().scan(KeyRange.all())) {
      for (KvEntry entry : entries) {
        @Nullable KvEntry other = there.entry(entry.key());
        boolean gone =
            (other == null || !other.live())
                && entry.expiresMillis() <= System.currentTimeMillis() + resolution.toMillis();
        if (!gone) {
          read.add(entry.key(), entry);
          // A deadline that was only rounded counts as the same one.
          boolean rounded =
              other != null
                  && sameDeadline(entry.expiresMillis(), other.expiresMillis(), resolution);
          written.add(
              entry.key(),
              other,
              rounded ? entry.expiresMillis() : other == null ? 0 : other.expiresMillis());
          if (!same(entry, other, resolution)) {
            throw new IllegalArgumentException(
                "after copying, key "
                    + KeyText.print(entry.key())
                    + " of bucket "
                    + bucket
                    + " differs between the stores; was one of them written to meanwhile? Run it again");
          }
        }
      }
    }
    String digest = written.hex();
    if (!read.hex().equals(digest)) {
      throw new IllegalStateException(
          "the digests of bucket " + bucket + " differ though no entry does");
    }
    root.console().line(bucket + "\t" + written.count() + "\t" + digest);
  }
}
