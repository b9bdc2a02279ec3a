package dev.kvist.server.cli;

import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.bucket.Lz4Pair;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    footer = {
      "  ./kvist put demo greeting 'Hello, world'",
      "  ./kvist put demo session 'alice is here' --ttl 10s",
      "  echo from a pipe | ./kvist put demo note -",
      "  ./kvist put demo counter 2 --if-version $(./kvist put demo counter 1)"
    })
final class Put implements Callable<Integer> {
  private final Root root;

  @Parameters(
      index = "0",
      paramLabel = "BUCKET",
      description = "1 to 64 of A-Z a-z 0-9 _ -; the first put makes it.")
  private String bucket = "";

  @Parameters(
      index = "1",
      paramLabel = "KEY",
      description = "Text; \\xHH is a byte, \\\\ a backslash.")
  private String key = "";

  @Parameters(
      index = "2",
      paramLabel = "VALUE",
      description =
          "The same, or - for the standard input, or @FILE for a file's bytes (a value that starts with @ is typed \\x40...).")
  private String value = "";

  @Option(
      names = "--compress",
      description = "Store it as an LZ4 pair; 'get --compressed' decodes it.")
  private boolean compress;

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      description = "Time to live, such as 500ms, 10s, 15m, 2h, 7d.")
  private @Nullable String ttl;

  @Option(names = "--if-absent", description = "Only where no live value is; else exit code 1.")
  private boolean absent;

  @Option(
      names = "--if-version",
      paramLabel = "VERSION",
      description = "Only over this version; else exit code 1.")
  private @Nullable String expected;

  Put(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws IOException {
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
