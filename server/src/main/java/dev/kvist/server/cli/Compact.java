package dev.kvist.server.cli;

final class Compact implements Command {
  private final Root root;

  Compact(Root root) {
    this.root = root;
  }

  static Syntax syntax() {
    return new Syntax()
        .about(
            "What was deleted, overwritten, expired or purged. It happens by itself in the background too.")
        .examples(
            "./kvist put demo greeting hello", "./kvist delete demo greeting", "./kvist compact");
  }

  @Override
  public int run() {
    long start = System.nanoTime();
    root.existing();
    try (Session session = root.open()) {
      session.connection().maintenance().compact();
    }
    root.console().say("kvist: compacted in " + Sizes.secondsSince(start));
    return Cli.DONE;
  }
}
