package dev.kvist.server.cli;

import dev.kvist.Version;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    description = "The value stays. Prints the new version; exit code 1 when the key is absent.",
    footer = {
      "  ./kvist put demo session 'alice is here' --ttl 10s",
      "  ./kvist touch demo session 1h30m",
      "  ./kvist ttl demo session"
    })
final class Touch implements Callable<Integer> {
  private final Root root;
  @Mixin private KeyArguments at = new KeyArguments();

  @Parameters(
      index = "2",
      paramLabel = "TIME",
      description = "Time to live from now, such as 500ms, 10s, 15m, 2h, 7d.")
  private String time = "";

  Touch(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws IOException {
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
