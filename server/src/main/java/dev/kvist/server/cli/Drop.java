package dev.kvist.server.cli;

import dev.kvist.KeyRange;
import dev.kvist.KvScan;
import dev.kvist.spi.Names;

final class Drop implements Command {
  private static final int COUNTED = 100_000;

  private final Root root;
  private final String bucket;
  private final boolean yes;

  Drop(Root root, Given given) {
    this.root = root;
    bucket = given.argument("BUCKET");
    yes = given.has("--yes");
  }

  static Syntax syntax() {
    return new Syntax()
        .argument("BUCKET", "The bucket.")
        .flag("--yes", "Really do it.")
        .about(
            "Without --yes it only says what it would remove, with exit code 2. Exit code 1 when there is no such bucket.")
        .examples("./kvist put scratch a 1", "./kvist drop scratch --yes");
  }

  @Override
  public int run() {
    Names.checkBucket(bucket);
    if (!yes) {
      return sayWhatItWouldDo();
    }
    try (Session session = root.open()) {
      return session.connection().drop(bucket) ? Cli.DONE : absent();
    }
  }

  private int sayWhatItWouldDo() {
    try (Session session = root.openToRead()) {
      if (!session.has(bucket)) {
        return absent();
      }
      long keys = 0;
      try (KvScan<byte[]> scan =
          session.store(bucket).reader().keys(KeyRange.all().limit(COUNTED))) {
        for (byte[] _ : scan) {
          keys++;
        }
      }
      String count = (keys == COUNTED ? "at least " : "") + Sizes.count(keys, "key");
      root.console()
          .say(
              "kvist: drop would remove bucket "
                  + bucket
                  + " with "
                  + count
                  + "; add --yes to do it");
      return Cli.FAILED;
    }
  }

  private int absent() {
    root.console().say("kvist: there is no bucket " + bucket);
    return Cli.ABSENT;
  }
}
