package dev.kvist.server.cli;

import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.server.rows.JsonRowWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    description = {
      "First the current value of every key, then a line that says caught_up, then each change as it happens, until Ctrl-C.",
      "With --from only what came after a cursor; the 'cursor' of the last line printed is where to resume."
    },
    footer = {
      "  ./kvist put demo user/ann 1",
      "  ./kvist put demo order/17 paid",
      "  ./kvist watch demo --limit 2",
      "  ./kvist watch demo user/ order/ --limit 1"
    })
final class Watch implements Callable<Integer> {
  private final Root root;

  @Parameters(
      index = "0",
      paramLabel = "BUCKET",
      description = "The bucket; one that does not exist yet is waited for.")
  private String bucket = "";

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "PREFIX",
      description = "Only keys that start with one of these.")
  private List<String> prefixes = new ArrayList<>();

  @Option(
      names = "--from",
      paramLabel = "CURSOR",
      description = "Only what came after this cursor.")
  private @Nullable String from;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "End after so many puts, deletes and purges.")
  private long limit = Long.MAX_VALUE;

  Watch(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws IOException {
    if (limit < 1) {
      throw new IllegalArgumentException("--limit is at least 1, and is " + limit);
    }
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
