package dev.kvist.server.cli;

import dev.kvist.KvEntry;
import dev.kvist.KvScan;
import dev.kvist.server.rows.RowFormat;
import dev.kvist.server.rows.RowWriter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

final class Scan implements Command {
  private final Root root;
  private final RangeArguments range;
  private final @Nullable String format;

  Scan(Root root, Given given) {
    this.root = root;
    range = new RangeArguments(given);
    format = given.option("--format");
  }

  static Syntax syntax() {
    return RangeArguments.syntax()
        .option("--format", "FORMAT", "jsonl (the default), csv or tsv.")
        .examples(
            "./kvist put demo user/ann 'Ann Example'",
            "./kvist put demo user/bob 'Bob Example' --ttl 1h",
            "./kvist scan demo",
            "./kvist scan demo user/ --format tsv --limit 1");
  }

  @Override
  public int run() throws IOException {
    RowFormat rows = format == null ? RowFormat.JSONL : RowFormat.named(format);
    try (Session session = root.openToRead();
        KvScan<KvEntry> entries = session.store(range.bucket()).reader().scan(range.range())) {
      RowWriter writer = rows.writer(root.console().out(), false);
      long count = 0;
      for (KvEntry entry : entries) {
        writer.write(entry);
        count++;
      }
      writer.flush();
      return range.end(root, session, entries, count);
    }
  }
}
