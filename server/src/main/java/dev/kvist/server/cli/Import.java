package dev.kvist.server.cli;

import dev.kvist.Capabilities;
import dev.kvist.bucket.Lz4Pair;
import dev.kvist.server.rows.BadRowException;
import dev.kvist.server.rows.Row;
import dev.kvist.server.rows.RowFormat;
import dev.kvist.server.rows.RowReader;
import dev.kvist.spi.Names;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

final class Import implements Command {
  private static final int REPORTED = 20;

  /** JSON writes a byte as up to six characters. */
  private static final int TEXT_PER_BYTE = 6;

  private static final int LONGEST_ROW = 1 << 29;

  private final Root root;
  private final String bucket;
  private final String file;
  private final @Nullable String format;
  private final boolean header;
  private final boolean compressed;
  private final boolean strict;
  private final boolean acknowledge;

  private long longestValue;
  private long skipped;
  private long expired;

  Import(Root root, Given given) {
    this.root = root;
    bucket = given.argument("BUCKET");
    file = given.argument("FILE");
    format = given.option("--format");
    header = given.has("--header");
    compressed = given.has("--compressed");
    strict = given.has("--strict");
    acknowledge = given.has("--acknowledge");
  }

  static Syntax syntax() {
    return new Syntax()
        .argument("BUCKET", "The bucket; made when it is missing.")
        .argument("FILE", "The file, or - for the standard input.")
        .option("--format", "FORMAT", "jsonl, csv or tsv; by default what the file's name tells.")
        .flag("--header", "The first row of csv or tsv names the columns: pass over it.")
        .flag(
            "--compressed",
            "The values are LZ4 pairs (4 bytes of length, little-endian, and an LZ4 block): check each and mark it as compressed.")
        .flag("--strict", "Stop at the first bad line, with exit code 2.")
        .hiddenFlag("--acknowledge")
        .about(
            "jsonl: what 'export', 'scan' and 'watch' print, an object a line. csv and tsv: the key, then the value.",
            "A bad line is reported with its number and counted, and the exit code is 1 then. Running it again does no harm.")
        .examples(
            "printf 'ann\\tAnn Example\\nbob\\tBob Example\\n' > users.tsv",
            "./kvist import users users.tsv",
            "./kvist export users --format csv > users.csv",
            "./kvist import users users.csv --strict",
            "./kvist export users | ./kvist --store simple:elsewhere import users - --format jsonl");
  }

  @Override
  public int run() throws IOException {
    RowFormat rows = format(format, file);
    if (header && rows == RowFormat.JSONL) {
      throw new IllegalArgumentException(
          "--header is for csv and tsv; JSON lines name their members themselves");
    }
    Names.checkBucket(bucket);
    long start = System.nanoTime();
    // The file before the store: a wrong name must not make a store.
    try (InputStream in = root.console().open(file);
        Session session = root.open()) {
      return run(session, rows, in, start);
    }
  }

  /** The format that was asked for, or that a file's name tells; else JSON lines. */
  static RowFormat format(@Nullable String format, String file) {
    if (format != null) {
      return RowFormat.named(format);
    }
    @Nullable RowFormat told = file.equals("-") ? RowFormat.JSONL : RowFormat.ofFile(file);
    if (told == null) {
      throw new IllegalArgumentException(
          "the name " + file + " does not tell its format; add --format jsonl, csv or tsv");
    }
    return told;
  }

  private int run(Session session, RowFormat format, InputStream in, long start)
      throws IOException {
    Capabilities capabilities = session.connection().capabilities();
    longestValue = capabilities.maxValueSize();
    long longest = (longestValue + capabilities.maxKeySize() + 64) * TEXT_PER_BYTE;
    RowReader rows = format.reader(in, Math.clamp(longest, 1, LONGEST_ROW), header);
    Path path = root.console().path(file);
    long total = !file.equals("-") && Files.isRegularFile(path) ? Files.size(path) : -1;
    var progress = new Progress(root.console(), "lines", total);
    var storer =
        new RowStorer(
            session.store(bucket), capabilities, (row, why) -> skip(progress, row.line(), why));
    try (progress;
        storer) {
      store(rows, storer, progress);
    } finally {
      summarize(storer.stored(), start);
    }
    if (strict && skipped > 0) {
      return Cli.FAILED;
    }
    return skipped > 0 ? Cli.ABSENT : Cli.DONE;
  }

  private void store(RowReader rows, RowStorer storer, Progress progress) throws IOException {
    boolean more = true;
    while (more && !(strict && skipped > 0)) {
      try {
        @Nullable Row row = rows.next();
        more = row != null;
        if (row != null) {
          take(row, storer);
          progress.at(storer.stored(), rows.bytesRead());
        }
      } catch (BadRowException e) {
        skip(progress, e.line(), e.reason());
      }
    }
    storer.flush();
  }

  private void take(Row row, RowStorer storer) throws IOException, BadRowException {
    if (row.expiresMillis() <= System.currentTimeMillis()) {
      expired++;
      return;
    }
    boolean done = storer.add(compressed || row.compressed() ? checked(row) : row);
    if (done && acknowledge) {
      root.console().line(String.valueOf(row.line()));
      root.console().out().flush();
    }
  }

  /** The row with the flag, its value decoded once. */
  private Row checked(Row row) throws BadRowException {
    if (row.op() != Row.Op.PUT) {
      return row;
    }
    try {
      Lz4Pair.decode(row.value(), longestValue);
    } catch (IllegalArgumentException e) {
      throw new BadRowException(row.line(), "has a value that is no LZ4 pair: " + Cli.reason(e));
    }
    return row.asCompressed();
  }

  private void skip(Progress progress, long line, String why) {
    skipped++;
    if (skipped <= REPORTED) {
      progress.say("kvist: line " + line + " " + why);
    } else if (skipped == REPORTED + 1) {
      progress.say("kvist: further bad lines are only counted");
    }
  }

  private void summarize(long stored, long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    root.console()
        .say(
            "kvist: imported "
                + Sizes.grouped(stored)
                + ", skipped "
                + Sizes.grouped(skipped)
                + (expired > 0 ? " and " + Sizes.grouped(expired) + " that had expired" : "")
                + ", in "
                + Sizes.secondsSince(start)
                + " ("
                + Sizes.grouped((long) (stored / seconds))
                + "/s)");
  }
}
