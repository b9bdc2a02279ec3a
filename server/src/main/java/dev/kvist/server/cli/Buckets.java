package dev.kvist.server.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(footer = {"  ./kvist put demo greeting hello", "  ./kvist buckets"})
final class Buckets implements Callable<Integer> {
  private final Root root;

  Buckets(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws IOException {
    try (Session session = root.openToRead()) {
      for (String bucket : session.buckets()) {
        root.console().line(bucket);
      }
    }
    return Cli.DONE;
  }
}
