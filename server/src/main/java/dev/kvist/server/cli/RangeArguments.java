package dev.kvist.server.cli;

import dev.kvist.KeyRange;
import dev.kvist.KvScan;
import dev.kvist.ScanPosition;
import org.jspecify.annotations.Nullable;

/** The arguments of commands on a range of keys. */
final class RangeArguments {
  private final String bucket;
  private final String prefix;
  private final long limit;
  private final @Nullable String after;
  private final boolean reverse;
  private final @Nullable String from;
  private final @Nullable String to;

  RangeArguments(Given given) {
    bucket = given.argument("BUCKET");
    prefix = given.argument("PREFIX");
    limit = given.count("--limit");
    after = given.option("--after");
    reverse = given.has("--reverse");
    from = given.option("--from");
    to = given.option("--to");
  }

  /** A syntax that starts with them. */
  static Syntax syntax() {
    return new Syntax()
        .argument("BUCKET", "The bucket.")
        .optional("PREFIX", "Only keys that start so.")
        .option("--limit", "N", "At most so many.")
        .option(
            "--after",
            "POSITION",
            "Go on behind an earlier scan, which printed this position; --from starts at a key.")
        .flag("--reverse", "In descending order.")
        .option("--from", "KEY", "From this key on, itself included.")
        .option("--to", "KEY", "Up to this key, itself not included.");
  }

  String bucket() {
    return bucket;
  }

  KeyRange range() {
    KeyRange range = prefix.isEmpty() ? KeyRange.all() : KeyRange.prefix(Arguments.key(prefix));
    if (limit != Long.MAX_VALUE) {
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

  /** Says on the error stream how to go on, when the limit cut the scan, or why nothing came. */
  int end(Root root, Session session, KvScan<?> scan, long count) {
    @Nullable ScanPosition position = scan.position();
    Console console = root.console();
    if (count == 0 && !session.has(bucket)) {
      console.say("kvist: there is no bucket " + bucket);
      return Cli.ABSENT;
    }
    if (count == limit && position != null) {
      console.say("kvist: stopped at the limit; go on with --after " + position);
    }
    return Cli.DONE;
  }
}
