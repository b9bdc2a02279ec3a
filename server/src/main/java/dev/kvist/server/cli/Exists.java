package dev.kvist.server.cli;

import java.io.IOException;

final class Exists implements Command {
  private final Root root;
  private final KeyArguments at;

  Exists(Root root, Given given) {
    this.root = root;
    at = new KeyArguments(given);
  }

  static Syntax syntax() {
    return KeyArguments.syntax()
        .about("Prints true or false; exit code 0 when it is there, 1 when not.")
        .examples(
            "./kvist put demo greeting hello",
            "./kvist exists demo greeting && echo it is there",
            "./kvist exists demo nothing || echo it is not there");
  }

  @Override
  public int run() throws IOException {
    byte[] key = at.key();
    try (Session session = root.openToRead()) {
      boolean there = session.store(at.bucket()).reader().exists(key);
      root.console().line(String.valueOf(there));
      return there ? Cli.DONE : Cli.ABSENT;
    }
  }
}
