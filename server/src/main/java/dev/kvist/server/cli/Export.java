package dev.kvist.server.cli;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvScan;
import dev.kvist.server.rows.RowFormat;
import dev.kvist.server.rows.RowWriter;
import dev.kvist.spi.Names;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

final class Export implements Command {
  private final Root root;
  private final String bucket;
  private final String file;
  private final @Nullable String format;
  private final boolean header;

  private long flagsLost;

  Export(Root root, Given given) {
    this.root = root;
    bucket = given.argument("BUCKET");
    file = given.argument("FILE").isEmpty() ? "-" : given.argument("FILE");
    format = given.option("--format");
    header = given.has("--header");
  }

  static Syntax syntax() {
    return new Syntax()
        .argument("BUCKET", "The bucket.")
        .optional("FILE", "Where to; by default, and for -, the standard output.")
        .option(
            "--format",
            "FORMAT",
            "jsonl, csv or tsv; by default what the file's name tells, else jsonl.")
        .flag("--header", "Write a first row that names the columns of csv or tsv.")
        .about(
            "jsonl keeps deadlines and the compressed flag; csv and tsv keep keys and values.",
            "It owns the store until it ends, so no other process can write to that store meanwhile, an import in the same pipe neither.")
        .examples(
            "./kvist put demo greeting 'Hello, world'",
            "./kvist export demo",
            "./kvist export demo demo.csv --header",
            "./kvist export demo --format tsv > demo.tsv");
  }

  @Override
  public int run() throws IOException {
    RowFormat rows = Import.format(format, file);
    if (header && rows == RowFormat.JSONL) {
      throw new IllegalArgumentException(
          "--header is for csv and tsv; JSON lines name their members themselves");
    }
    Names.checkBucket(bucket);
    long start = System.nanoTime();
    try (Session session = root.openToRead()) {
      if (!session.has(bucket)) {
        root.console().say("kvist: there is no bucket " + bucket);
        return Cli.ABSENT;
      }
      long count;
      if (file.equals("-")) {
        Console console = root.console();
        // A bar would come between the lines that somebody reads.
        count =
            write(
                session,
                rows,
                console.out(),
                console.outTerminal() ? console.withoutBar() : console);
      } else {
        count = writeFile(session, rows);
      }
      root.console()
          .say("kvist: exported " + Sizes.grouped(count) + " in " + Sizes.secondsSince(start));
    }
    if (flagsLost > 0) {
      root.console()
          .say(
              "kvist: "
                  + Sizes.grouped(flagsLost)
                  + (flagsLost == 1
                      ? " of them has a deadline or is compressed, which "
                      : " of them have a deadline or are compressed, which ")
                  + rows
                  + " does not say; jsonl does");
    }
    return Cli.DONE;
  }

  private long writeFile(Session session, RowFormat rows) throws IOException {
    var opened = new FileOutputStream(root.console().path(file).toFile());
    try (var out = new BufferedOutputStream(opened, 1 << 16)) {
      return write(session, rows, out, root.console());
    } catch (IOException e) {
      // That of a full volume names no file.
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private long write(Session session, RowFormat rows, OutputStream out, Console console)
      throws IOException {
    long count = 0;
    long bytes = 0;
    RowWriter writer = rows.writer(out, header);
    try (var progress = Progress.ofEntries(console, "entries", session.entries(bucket));
        KvScan<KvEntry> entries = session.store(bucket).reader().scan(KeyRange.all())) {
      for (KvEntry entry : entries) {
        writer.write(entry);
        count++;
        bytes += entry.key().length + entry.value().length;
        if (!rows.keepsFlags() && (entry.compressed() || entry.expires() != null)) {
          flagsLost++;
        }
        progress.at(count, bytes);
      }
    }
    writer.flush();
    return count;
  }
}
