package dev.kvist.server.cli;

import dev.kvist.KvMaintenance.Verification;
import java.io.IOException;

final class Verify implements Command {
  private final Root root;

  Verify(Root root) {
    this.root = root;
  }

  static Syntax syntax() {
    return new Syntax()
        .about(
            "Every record and every derived file is read. Each damage is a line of output; exit code 2 when there is any.",
            "A store that was opened is written to a little, also by this: with ?read_only=true behind its directory it stays byte for byte what it was.")
        .examples("./kvist put demo greeting hello", "./kvist verify");
  }

  @Override
  public int run() throws IOException {
    root.existing();
    try (Session session = root.openToRead()) {
      Verification found = session.connection().maintenance().verify();
      String checked = Sizes.count(found.records(), "record") + " in " + Sizes.print(found.bytes());
      if (found.damages().isEmpty()) {
        root.console().say("kvist: all is well: " + checked + " checked");
        return Cli.DONE;
      }
      for (String damage : found.damages()) {
        root.console().line(damage);
      }
      root.console()
          .say(
              "kvist: "
                  + Sizes.count(found.damages().size(), "damaged place")
                  + ", "
                  + checked
                  + " checked; restore a backup, or run ./kvist repair");
      return Cli.FAILED;
    }
  }
}
