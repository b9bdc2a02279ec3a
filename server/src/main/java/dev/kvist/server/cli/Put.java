package dev.kvist.server.cli;

import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.bucket.Lz4Pair;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

final class Put implements Command {
  private final Root root;
  private final String bucket;
  private final String key;
  private final String value;
  private final boolean compress;
  private final @Nullable String ttl;
  private final boolean absent;
  private final @Nullable String expected;

  Put(Root root, Given given) {
    this.root = root;
    bucket = given.argument("BUCKET");
    key = given.argument("KEY");
    value = given.argument("VALUE");
    compress = given.has("--compress");
    ttl = given.option("--ttl");
    absent = given.has("--if-absent");
    expected = given.option("--if-version");
  }

  static Syntax syntax() {
    return new Syntax()
        .argument("BUCKET", "1 to 64 of A-Z a-z 0-9 _ -; the first put makes it.")
        .argument("KEY", "Text; \\xHH is a byte, \\\\ a backslash.")
        .argument(
            "VALUE",
            "The same, or - for the standard input, or @FILE for a file's bytes (a value that starts with @ is typed \\x40...). Text with backslashes of its own, as JSON may have, goes in by - or @FILE.")
        .flag("--compress", "Store it as an LZ4 pair; 'get --compressed' decodes it.")
        .option("--ttl", "TIME", "Time to live, such as 500ms, 10s, 15m, 2h, 7d.")
        .flag("--if-absent", "Only where no live value is; else exit code 1.")
        .option("--if-version", "VERSION", "Only over this version; else exit code 1.")
        .examples(
            "./kvist put demo greeting 'Hello, world'",
            "./kvist put demo session 'alice is here' --ttl 10s",
            "echo from a pipe | ./kvist put demo note -",
            "./kvist put demo counter 2 --if-version $(./kvist put demo counter 1)");
  }

  @Override
  public int run() throws IOException {
    PutOptions options = options();
    byte[] parsed = Arguments.key(key);
    try (Session session = root.open()) {
      long most = session.connection().capabilities().maxValueSize();
      byte[] bytes = Arguments.value(root.console(), value, most);
      byte[] stored = compress ? Lz4Pair.encode(bytes) : bytes;
      Version version = session.store(bucket).writer().put(parsed, stored, options);
      root.console().line(version.toString());
    }
    return Cli.DONE;
  }

  private PutOptions options() {
    if (absent && expected != null) {
      throw new IllegalArgumentException("give --if-absent or --if-version, not both");
    }
    PutOptions options = PutOptions.DEFAULT;
    if (ttl != null) {
      options = options.withTtl(Durations.parse(ttl));
    }
    if (absent) {
      options = options.ifAbsent();
    }
    if (expected != null) {
      options = options.ifVersion(Version.parse(expected));
    }
    return compress ? options.withCompressed() : options;
  }
}
