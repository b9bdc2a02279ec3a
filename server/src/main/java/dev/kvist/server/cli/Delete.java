package dev.kvist.server.cli;

import dev.kvist.KvWriter;
import dev.kvist.Version;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    description =
        "Exit code 1 when it was not there, or has another version than the expected one.",
    footer = {
      "  ./kvist put demo greeting hello",
      "  ./kvist delete demo greeting",
      "  ./kvist delete demo counter --if-version $(./kvist put demo counter 1)"
    })
final class Delete implements Callable<Integer> {
  private final Root root;
  @Mixin private KeyArguments at = new KeyArguments();

  @Option(
      names = "--if-version",
      paramLabel = "VERSION",
      description = "Only when this is its version.")
  private @Nullable String expected;

  Delete(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() {
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
