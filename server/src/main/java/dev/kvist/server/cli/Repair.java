package dev.kvist.server.cli;

import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import dev.kvist.spi.Backend;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
    description = {
      "The newest readable record of each key stays; what is dropped is kept in a copy.",
      "Prints each key for which a newer record may have been lost, as BUCKET/KEY."
    },
    footer = {"  ./kvist put demo greeting hello", "  ./kvist repair", "  ./kvist verify"})
final class Repair implements Callable<Integer> {
  private final Root root;

  Repair(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws IOException {
    ConnectionOptions options = root.chosen();
    Backend.Repair done = Kvist.backend(options.scheme()).repair(options);
    for (String suspect : done.suspects()) {
      root.console().line(suspect);
    }
    var summary = new StringBuilder("kvist: kept " + done.records() + " records");
    if (done.bytesDropped() > 0) {
      summary.append(", dropped ").append(Sizes.print(done.bytesDropped()));
    }
    if (!done.keptCopy().isEmpty()) {
      summary.append(", a copy of which is in ").append(done.keptCopy());
    }
    summary.append(
        done.suspects().isEmpty()
            ? "; no key is suspect"
            : "; " + done.suspects().size() + " keys may have lost a newer record, see the list");
    root.console().say(summary.toString());
    return Cli.DONE;
  }
}
