package dev.kvist.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
    description =
        "What was deleted, overwritten, expired or purged. It happens by itself in the background too.",
    footer = {
      "  ./kvist put demo greeting hello",
      "  ./kvist delete demo greeting",
      "  ./kvist compact"
    })
final class Compact implements Callable<Integer> {
  private final Root root;

  Compact(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    long start = System.nanoTime();
    try (Session session = root.open()) {
      session.connection().maintenance().compact();
    }
    root.console().say("kvist: compacted in " + Sizes.secondsSince(start));
    return Cli.DONE;
  }
}
