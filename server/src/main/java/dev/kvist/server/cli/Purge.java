package dev.kvist.server.cli;

final class Purge implements Command {
  private final Root root;
  private final KeyArguments at;

  Purge(Root root, Given given) {
    this.root = root;
    at = new KeyArguments(given);
  }

  static Syntax syntax() {
    return KeyArguments.syntax()
        .about(
            "Its bytes leave the disk with the next compaction; 'compact' does that now. Purging an absent key is fine.")
        .examples(
            "./kvist put demo secret 'forget me'", "./kvist purge demo secret", "./kvist compact");
  }

  @Override
  public int run() {
    byte[] key = at.key();
    try (Session session = root.open()) {
      session.store(at.bucket()).purger().purge(key);
    }
    return Cli.DONE;
  }
}
