package dev.kvist.server.cli;

import dev.kvist.KvWriter;
import dev.kvist.Version;
import org.jspecify.annotations.Nullable;

final class Delete implements Command {
  private final Root root;
  private final KeyArguments at;
  private final @Nullable String expected;

  Delete(Root root, Given given) {
    this.root = root;
    at = new KeyArguments(given);
    expected = given.option("--if-version");
  }

  static Syntax syntax() {
    return KeyArguments.syntax()
        .option("--if-version", "VERSION", "Only when this is its version.")
        .about("Exit code 1 when it was not there, or has another version than the expected one.")
        .examples(
            "./kvist put demo greeting hello",
            "./kvist delete demo greeting",
            "./kvist delete demo counter --if-version $(./kvist put demo counter 1)");
  }

  @Override
  public int run() {
    byte[] key = at.key();
    @Nullable Version version = expected == null ? null : Version.parse(expected);
    try (Session session = root.open()) {
      KvWriter writer = session.store(at.bucket()).writer();
      if (version != null) {
        writer.delete(key, version);
        return Cli.DONE;
      }
      return writer.delete(key) ? Cli.DONE : at.absent(root.console());
    }
  }
}
