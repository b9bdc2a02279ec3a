package dev.kvist.server.cli;

import dev.kvist.KeyRange;
import dev.kvist.KvScan;
import dev.kvist.ScanPosition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The arguments of commands on a range of keys. */
final class RangeArguments {
  @Parameters(index = "0", paramLabel = "BUCKET", description = "The bucket.")
  private String bucket = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PREFIX",
      description = "Only keys that start so.")
  private String prefix = "";

  @Option(names = "--limit", paramLabel = "N", description = "At most so many.")
  private @Nullable Long limit;

  @Option(
      names = "--after",
      paramLabel = "POSITION",
      description = "Go on behind an earlier scan, which printed this position.")
  private @Nullable String after;

  @Option(names = "--reverse", description = "In descending order.")
  private boolean reverse;

  @Option(names = "--from", paramLabel = "KEY", description = "From this key on, itself included.")
  private @Nullable String from;

  @Option(names = "--to", paramLabel = "KEY", description = "Up to this key, itself not included.")
  private @Nullable String to;

  String bucket() {
    return bucket;
  }

  KeyRange range() {
    KeyRange range = prefix.isEmpty() ? KeyRange.all() : KeyRange.prefix(Arguments.key(prefix));
    if (limit != null) {
      range = range.limit(limit);
    }
    if (after != null) {
      range = range.after(ScanPosition.parse(after));
    }
    if (from != null) {
      range = range.from(Arguments.key(from));
    }
    if (to != null) {
      range = range.to(Arguments.key(to));
    }
    return reverse ? range.reversed() : range;
  }

  /** When the limit cut the scan, says on the error stream how to go on. */
  void sayHowToGoOn(Console console, KvScan<?> scan, long count) {
    @Nullable ScanPosition position = scan.position();
    if (limit != null && count == limit && position != null) {
      console.say("kvist: stopped at the limit; go on with --after " + position);
    }
  }
}
