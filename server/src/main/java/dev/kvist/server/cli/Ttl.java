package dev.kvist.server.cli;

import dev.kvist.KvEntry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    description =
        "Prints it as --ttl takes it, or 'none' for a key that stays; exit code 1 when the key is absent.",
    footer = {
      "  ./kvist put demo session 'alice is here' --ttl 1h",
      "  ./kvist ttl demo session",
      "  ./kvist put demo forever yes",
      "  ./kvist ttl demo forever"
    })
final class Ttl implements Callable<Integer> {
  private final Root root;
  @Mixin private KeyArguments at = new KeyArguments();

  Ttl(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws IOException {
    byte[] key = at.key();
    try (Session session = root.openToRead()) {
      // From the entry, in one read, and also where the role of TTLs is refused because it could
      // write.
      @Nullable KvEntry entry = session.store(at.bucket()).reader().entry(key);
      if (entry == null || !entry.live()) {
        return at.absent(root.console());
      }
      @Nullable Instant expires = entry.expires();
      if (expires == null) {
        root.console().line("none");
        return Cli.DONE;
      }
      Duration left = Duration.between(Instant.now(), expires);
      root.console().line(Durations.print(left.isNegative() ? Duration.ZERO : left));
      return Cli.DONE;
    }
  }
}
