package dev.kvist.server.cli;

import dev.kvist.KeyRange;
import dev.kvist.KvScan;
import dev.kvist.spi.Names;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    description =
        "Without --yes it only says what it would remove, with exit code 2. Exit code 1 when there is no such bucket.",
    footer = {"  ./kvist put scratch a 1", "  ./kvist drop scratch --yes"})
final class Drop implements Callable<Integer> {
  private static final int COUNTED = 100_000;

  private final Root root;

  @Parameters(index = "0", paramLabel = "BUCKET", description = "The bucket.")
  private String bucket = "";

  @Option(names = "--yes", description = "Really do it.")
  private boolean yes;

  Drop(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() {
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
      String count =
          keys == COUNTED ? "at least " + keys + " keys" : keys + (keys == 1 ? " key" : " keys");
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
