package dev.kvist.server.cli;

import java.io.IOException;

final class Buckets implements Command {
  private final Root root;

  Buckets(Root root) {
    this.root = root;
  }

  static Syntax syntax() {
    return new Syntax().examples("./kvist put demo greeting hello", "./kvist buckets");
  }

  @Override
  public int run() throws IOException {
    try (Session session = root.openToRead()) {
      for (String bucket : session.buckets()) {
        root.console().line(bucket);
      }
    }
    return Cli.DONE;
  }
}
