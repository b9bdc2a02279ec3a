package dev.kvist.server.cli;

import dev.kvist.KeyText;
import dev.kvist.KvScan;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    footer = {
      "  ./kvist put demo user/ann 1",
      "  ./kvist put demo user/bob 2",
      "  ./kvist keys demo",
      "  ./kvist keys demo user/ --reverse --limit 1",
      "  ./kvist keys demo --from user/b --to user/c"
    })
final class Keys implements Callable<Integer> {
  private final Root root;
  @Mixin private RangeArguments range = new RangeArguments();

  Keys(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws IOException {
    try (Session session = root.openToRead();
        KvScan<byte[]> keys = session.store(range.bucket()).reader().keys(range.range())) {
      long count = 0;
      for (byte[] key : keys) {
        root.console().line(KeyText.print(key));
        count++;
      }
      range.sayHowToGoOn(root.console(), keys, count);
    }
    return Cli.DONE;
  }
}
