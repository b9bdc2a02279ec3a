package dev.kvist.server.cli;

import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.server.rows.JsonRowWriter;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class Watch implements Command {
  private final Root root;
  private final String bucket;
  private final List<String> prefixes;
  private final @Nullable String from;
  private final long limit;

  Watch(Root root, Given given) {
    this.root = root;
    bucket = given.argument("BUCKET");
    prefixes = given.all("PREFIX");
    from = given.option("--from");
    limit = given.count("--limit");
  }

  static Syntax syntax() {
    return new Syntax()
        .argument("BUCKET", "The bucket; one that does not exist yet is waited for.")
        .any("PREFIX", "Only keys that start with one of these.")
        .option("--from", "CURSOR", "Only what came after this cursor.")
        .option("--limit", "N", "End after so many puts, deletes and purges.")
        .about(
            "First the current value of every key, then a line that says caught_up, then each change as it happens, until Ctrl-C.",
            "With --from only what came after a cursor; the 'cursor' of the last line printed is where to resume.",
            "A store in a directory belongs to this process meanwhile: what others would write is refused, and only what expires by itself is seen. A program watches its own writes by the API.")
        .examples(
            "./kvist put demo user/ann 1",
            "./kvist put demo order/17 paid",
            "./kvist watch demo --limit 2",
            "./kvist watch demo user/ order/ --limit 1");
  }

  @Override
  public int run() throws IOException {
    WatchScope scope =
        prefixes.isEmpty()
            ? WatchScope.all()
            : WatchScope.prefixes(prefixes.stream().map(Arguments::key).toList());
    WatchOptions start =
        from == null ? WatchOptions.fromState() : WatchOptions.from(WatchCursor.parse(from));
    try (Session session = root.open();
        KvWatch watch = session.store(bucket).watcher().watch(scope, start)) {
      print(watch);
    }
    return Cli.DONE;
  }

  private void print(KvWatch watch) throws IOException {
    var lines = new JsonRowWriter(root.console().out());
    long left = limit;
    while (left > 0) {
      KvUpdate update = watch.next();
      lines.write(update);
      lines.flush();
      if (!(update instanceof KvUpdate.CaughtUp)) {
        left--;
      }
    }
  }
}
