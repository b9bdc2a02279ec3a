package dev.kvist.server.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

final class VersionCommand implements Command {
  private final Root root;

  VersionCommand(Root root) {
    this.root = root;
  }

  static Syntax syntax() {
    return new Syntax().examples("./kvist version");
  }

  @Override
  public int run() throws IOException {
    @Nullable String version = Cli.class.getPackage().getImplementationVersion();
    root.console().line("Kvist " + (version == null ? "(not from a jar)" : version));
    root.console()
        .line("Java  " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
    root.console()
        .line(
            "OS    "
                + System.getProperty("os.name")
                + " "
                + System.getProperty("os.version")
                + " "
                + System.getProperty("os.arch"));
    return Cli.DONE;
  }
}
