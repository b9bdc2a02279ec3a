package dev.kvist.server.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    description = "Prints true or false; exit code 0 when it is there, 1 when not.",
    footer = {
      "  ./kvist put demo greeting hello",
      "  ./kvist exists demo greeting && echo it is there",
      "  ./kvist exists demo nothing || echo it is not there"
    })
final class Exists implements Callable<Integer> {
  private final Root root;
  @Mixin private KeyArguments at = new KeyArguments();

  Exists(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws IOException {
    byte[] key = at.key();
    try (Session session = root.openToRead()) {
      boolean there = session.store(at.bucket()).reader().exists(key);
      root.console().line(String.valueOf(there));
      return there ? Cli.DONE : Cli.ABSENT;
    }
  }
}
