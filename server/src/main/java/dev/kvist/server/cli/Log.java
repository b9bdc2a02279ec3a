package dev.kvist.server.cli;

import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import dev.kvist.WatchCursor;
import dev.kvist.spi.Backend;
import dev.kvist.spi.DataDirectories;
import dev.kvist.spi.LogRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

final class Log implements Command {
  private final Root root;
  private final String directory;
  private final @Nullable String from;
  private final long limit;

  private long printed;
  private long damaged;

  Log(Root root, Given given) {
    this.root = root;
    directory = given.argument("DIR");
    from = given.option("--from");
    limit = given.count("--limit");
  }

  static Syntax syntax() {
    return new Syntax()
        .optional(
            "DIR",
            "The store's directory, or a store URI; else the store is read that --store or the configuration names.")
        .option("--from", "CURSOR", "Only records after this cursor.")
        .option("--limit", "N", "At most so many.")
        .about(
            "Reads only, and a damaged store or one in use too. Columns, between tabs: file:offset, cursor, time, operation, bucket, key, size of the value in bytes, and ok or damaged for the checksum.")
        .examples(
            "./kvist put demo greeting hello", "./kvist log --limit 10", "./kvist log data/badger");
  }

  @Override
  public int run() throws IOException {
    @Nullable WatchCursor after = from == null ? null : WatchCursor.parse(from);
    ConnectionOptions options = options();
    try {
      Kvist.backend(options.scheme()).readLog(options, record -> take(record, after));
    } catch (LimitReached e) {
      // All that was asked for is printed.
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (damaged > 0) {
      root.console()
          .say("kvist: " + Sizes.count(damaged, "damaged record") + "; ./kvist verify says more");
    }
    return Cli.DONE;
  }

  private ConnectionOptions options() {
    if (directory.isEmpty()) {
      return root.existing();
    }
    Path path = root.console().path(directory);
    @Nullable Backend holder = DataDirectories.holder(path);
    if (holder != null) {
      return ConnectionOptions.of(holder.schemes().iterator().next(), path.toString());
    }
    if (directory.contains(":") && !Files.exists(path)) {
      return ConnectionOptions.parse(directory);
    }
    throw new IllegalArgumentException(
        (Files.exists(path) ? path + " holds no store" : "there is no directory " + path)
            + "; give a store's directory, or a store URI");
  }

  private void take(LogRecord record, @Nullable WatchCursor after) {
    @Nullable WatchCursor cursor = record.cursor();
    if (after != null && (cursor == null || cursor.compareTo(after) <= 0)) {
      return;
    }
    try {
      root.console()
          .line(
              String.join(
                  "\t",
                  record.file() + ":" + record.offset(),
                  cursor == null ? "-" : cursor.toString(),
                  record.atMillis() == 0 ? "-" : Instant.ofEpochMilli(record.atMillis()).toString(),
                  record.operation(),
                  record.bucket().isEmpty() ? "-" : record.bucket(),
                  record.key(),
                  String.valueOf(record.size()),
                  record.intact() ? "ok" : "damaged"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!record.intact()) {
      damaged++;
    }
    printed++;
    if (printed == limit) {
      throw new LimitReached();
    }
  }

  /** Ends the reading: the backend's callback knows no other way. */
  private static final class LimitReached extends RuntimeException {
    private static final long serialVersionUID = 1;

    LimitReached() {
      super("the limit is reached", null, false, false);
    }
  }
}
