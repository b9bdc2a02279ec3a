package dev.kvist.server.cli;

import dev.kvist.KvEntry;
import dev.kvist.bucket.Lz4Pair;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    description = "Exit code 1 when it is absent. A line end follows only on a terminal.",
    footer = {
      "  ./kvist put demo greeting 'Hello, world'",
      "  ./kvist get demo greeting",
      "  ./kvist get demo greeting > greeting.bin",
      "  ./kvist put demo page 'a long text' --compress",
      "  ./kvist get demo page --compressed"
    })
final class Get implements Callable<Integer> {
  private final Root root;
  @Mixin private KeyArguments at = new KeyArguments();

  @Option(
      names = "--compressed",
      description = "Decode a value that was stored with --compress; fails for any other.")
  private boolean compressed;

  Get(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws IOException {
    byte[] key = at.key();
    Console console = root.console();
    try (Session session = root.openToRead()) {
      byte @Nullable [] value =
          compressed ? decoded(session, key) : session.store(at.bucket()).reader().get(key);
      if (value == null) {
        return at.absent(console);
      }
      console.out().write(value);
      if (console.outTerminal()) {
        console.out().write('\n');
      }
    }
    return Cli.DONE;
  }

  private byte @Nullable [] decoded(Session session, byte[] key) {
    @Nullable KvEntry entry = session.store(at.bucket()).reader().entry(key);
    if (entry == null || !entry.live()) {
      return null;
    }
    if (!entry.compressed()) {
      throw new IllegalArgumentException(
          "that value was not stored compressed; read it without --compressed");
    }
    return Lz4Pair.decode(entry.value(), session.connection().capabilities().maxValueSize());
  }
}
