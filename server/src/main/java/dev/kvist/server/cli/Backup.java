package dev.kvist.server.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    description = "The copy is a store of its own: open it with --store simple:DIR.",
    footer = {
      "  ./kvist put demo greeting hello",
      "  ./kvist backup backup-1",
      "  ./kvist --store simple:backup-1 get demo greeting"
    })
final class Backup implements Callable<Integer> {
  private final Root root;

  @Parameters(index = "0", paramLabel = "DIR", description = "Where to; missing or empty.")
  private String directory = "";

  Backup(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    long start = System.nanoTime();
    Path to = root.console().path(directory);
    try (Session session = root.open()) {
      session.connection().maintenance().backup(to);
    }
    root.console().say("kvist: backed up to " + to + " in " + Sizes.secondsSince(start));
    return Cli.DONE;
  }
}
