package dev.kvist.server.cli;

import dev.kvist.KeyText;
import dev.kvist.KvScan;
import java.io.IOException;

final class Keys implements Command {
  private final Root root;
  private final RangeArguments range;

  Keys(Root root, Given given) {
    this.root = root;
    range = new RangeArguments(given);
  }

  static Syntax syntax() {
    return RangeArguments.syntax()
        .examples(
            "./kvist put demo user/ann 1",
            "./kvist put demo user/bob 2",
            "./kvist keys demo",
            "./kvist keys demo user/ --reverse --limit 1",
            "./kvist keys demo --from user/b --to user/c");
  }

  @Override
  public int run() throws IOException {
    try (Session session = root.openToRead();
        KvScan<byte[]> keys = session.store(range.bucket()).reader().keys(range.range())) {
      long count = 0;
      for (byte[] key : keys) {
        root.console().line(KeyText.print(key));
        count++;
      }
      return range.end(root, session, keys, count);
    }
  }
}
