package dev.kvist.server.cli;

import dev.kvist.KvEntry;
import dev.kvist.KvScan;
import dev.kvist.server.rows.RowFormat;
import dev.kvist.server.rows.RowWriter;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    footer = {
      "  ./kvist put demo user/ann 'Ann Example'",
      "  ./kvist put demo user/bob 'Bob Example' --ttl 1h",
      "  ./kvist scan demo",
      "  ./kvist scan demo user/ --format tsv --limit 1"
    })
final class Scan implements Callable<Integer> {
  private final Root root;
  @Mixin private RangeArguments range = new RangeArguments();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "jsonl (the default), csv or tsv.")
  private String format = "jsonl";

  Scan(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws IOException {
    RowFormat rows = RowFormat.named(format);
    try (Session session = root.openToRead();
        KvScan<KvEntry> entries = session.store(range.bucket()).reader().scan(range.range())) {
      RowWriter writer = rows.writer(root.console().out(), false);
      long count = 0;
      for (KvEntry entry : entries) {
        writer.write(entry);
        count++;
      }
      writer.flush();
      range.sayHowToGoOn(root.console(), entries, count);
    }
    return Cli.DONE;
  }
}
