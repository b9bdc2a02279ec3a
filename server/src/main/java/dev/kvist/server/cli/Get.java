package dev.kvist.server.cli;

import dev.kvist.KvEntry;
import dev.kvist.bucket.Lz4Pair;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

final class Get implements Command {
  private final Root root;
  private final KeyArguments at;
  private final boolean compressed;

  Get(Root root, Given given) {
    this.root = root;
    at = new KeyArguments(given);
    compressed = given.has("--compressed");
  }

  static Syntax syntax() {
    return KeyArguments.syntax()
        .flag(
            "--compressed", "Decode a value that was stored with --compress; fails for any other.")
        .about("Exit code 1 when it is absent. A line end follows only on a terminal.")
        .examples(
            "./kvist put demo greeting 'Hello, world'",
            "./kvist get demo greeting",
            "./kvist get demo greeting > greeting.bin",
            "./kvist put demo page 'a long text' --compress",
            "./kvist get demo page --compressed");
  }

  @Override
  public int run() throws IOException {
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
