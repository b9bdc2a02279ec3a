package dev.kvist.server.cli;

import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import dev.kvist.spi.Backend;
import java.io.IOException;

final class Repair implements Command {
  private final Root root;

  Repair(Root root) {
    this.root = root;
  }

  static Syntax syntax() {
    return new Syntax()
        .about(
            "The newest readable record of each key stays; what is dropped is kept in a copy.",
            "Prints each key for which a newer record may have been lost, as BUCKET/KEY.")
        .examples("./kvist put demo greeting hello", "./kvist repair", "./kvist verify");
  }

  @Override
  public int run() throws IOException {
    ConnectionOptions options = root.chosen();
    Backend.Repair done = Kvist.backend(options.scheme()).repair(options);
    for (String damage : done.damages()) {
      root.console().say("kvist: " + damage);
    }
    for (String suspect : done.suspects()) {
      root.console().line(suspect);
    }
    var summary = new StringBuilder("kvist: kept " + Sizes.count(done.records(), "record"));
    if (done.bytesDropped() > 0) {
      summary.append(", dropped ").append(Sizes.print(done.bytesDropped()));
    }
    if (!done.keptCopy().isEmpty()) {
      summary.append(", a copy of which is in ").append(done.keptCopy());
    }
    summary.append(suspects(done));
    root.console().say(summary.toString());
    return Cli.DONE;
  }

  private static String suspects(Backend.Repair done) {
    if (done.suspects().isEmpty() && done.unnamed() == 0) {
      return "; no key is suspect";
    }
    String listed =
        done.suspects().isEmpty()
            ? ""
            : "; "
                + Sizes.count(done.suspects().size(), "key")
                + " may have lost a newer record, see the list";
    if (done.unnamed() == 0) {
      return listed;
    }
    String more = listed.isEmpty() ? "key" : "more key";
    return listed
        + (done.unnamed() == Backend.Repair.UNKNOWN
            ? "; an unknown number of " + more + "s may be lost that are not known by name"
            : "; up to "
                + Sizes.count(done.unnamed(), more)
                + " may be lost that are not known by name");
  }
}
