package dev.kvist.server.cli;

import dev.kvist.Version;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

final class Touch implements Command {
  private final Root root;
  private final KeyArguments at;
  private final String time;

  Touch(Root root, Given given) {
    this.root = root;
    at = new KeyArguments(given);
    time = given.argument("TIME");
  }

  static Syntax syntax() {
    return KeyArguments.syntax()
        .argument("TIME", "Time to live from now, such as 500ms, 10s, 15m, 2h, 7d.")
        .about("The value stays. Prints the new version; exit code 1 when the key is absent.")
        .examples(
            "./kvist put demo session 'alice is here' --ttl 10s",
            "./kvist touch demo session 1h30m",
            "./kvist ttl demo session");
  }

  @Override
  public int run() throws IOException {
    byte[] key = at.key();
    Duration ttl = Durations.parse(time);
    try (Session session = root.open()) {
      @Nullable Version version = session.store(at.bucket()).ttl().touch(key, ttl);
      if (version == null) {
        return at.absent(root.console());
      }
      root.console().line(version.toString());
      return Cli.DONE;
    }
  }
}
