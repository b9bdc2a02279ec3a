package dev.kvist.server.cli;

import dev.kvist.KvEntry;
import dev.kvist.spi.Quantity;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

final class Ttl implements Command {
  private final Root root;
  private final KeyArguments at;

  Ttl(Root root, Given given) {
    this.root = root;
    at = new KeyArguments(given);
  }

  static Syntax syntax() {
    return KeyArguments.syntax()
        .about(
            "Prints it as --ttl takes it, or 'none' for a key that stays; exit code 1 when the key is absent.")
        .examples(
            "./kvist put demo session 'alice is here' --ttl 1h",
            "./kvist ttl demo session",
            "./kvist put demo forever yes",
            "./kvist ttl demo forever");
  }

  @Override
  public int run() throws IOException {
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
      Duration left = Duration.between(Instant.now(), expires).truncatedTo(ChronoUnit.MILLIS);
      root.console().line(Quantity.print(left.isNegative() ? Duration.ZERO : left));
      return Cli.DONE;
    }
  }
}
