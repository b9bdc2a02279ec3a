package dev.kvist.server.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

@Command(footer = "  ./kvist version")
final class VersionCommand implements Callable<Integer> {
  private final Root root;

  VersionCommand(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws IOException {
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
