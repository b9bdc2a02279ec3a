package dev.kvist.server.cli;

import java.nio.file.Path;

final class Backup implements Command {
  private final Root root;
  private final String directory;

  Backup(Root root, Given given) {
    this.root = root;
    directory = given.argument("DIR");
  }

  static Syntax syntax() {
    return new Syntax()
        .argument("DIR", "Where to; missing or empty.")
        .about(
            "The copy is a store of its own: open it with --store, the scheme of its engine and DIR.")
        .examples(
            "./kvist put demo greeting hello",
            "./kvist backup backup-1",
            "./kvist --store rocksdb:backup-1 get demo greeting");
  }

  @Override
  public int run() {
    long start = System.nanoTime();
    Path to = root.console().path(directory);
    root.existing();
    try (Session session = root.open()) {
      session.connection().maintenance().backup(to);
    }
    root.console().say("kvist: backed up to " + to + " in " + Sizes.secondsSince(start));
    return Cli.DONE;
  }
}
