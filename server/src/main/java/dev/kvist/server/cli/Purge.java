package dev.kvist.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    description =
        "Its bytes leave the disk with the next compaction; 'compact' does that now. Purging an absent key is fine.",
    footer = {
      "  ./kvist put demo secret 'forget me'",
      "  ./kvist purge demo secret",
      "  ./kvist compact"
    })
final class Purge implements Callable<Integer> {
  private final Root root;
  @Mixin private KeyArguments at = new KeyArguments();

  Purge(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    byte[] key = at.key();
    try (Session session = root.open()) {
      session.store(at.bucket()).purger().purge(key);
    }
    return Cli.DONE;
  }
}
