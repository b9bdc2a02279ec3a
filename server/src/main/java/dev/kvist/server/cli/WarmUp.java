package dev.kvist.server.cli;

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the launcher runs once, so that the JVM learns which classes commands need. */
final class WarmUp implements Command {
  private final Root root;
  private final String directory;

  WarmUp(Root root, Given given) {
    this.root = root;
    directory = given.argument("DIR");
  }

  static Syntax syntax() {
    return new Syntax().argument("DIR", "A directory for a store to play with.");
  }

  @Override
  public int run() {
    for (String scheme : List.of("rocksdb", "simple")) {
      runAll(scheme + ":" + root.console().path(directory).resolve(scheme));
    }
    return Cli.DONE;
  }

  private void runAll(String store) {
    for (String command :
        List.of(
            "put b key value",
            "put b key2 value --ttl 1h --if-absent",
            "get b key",
            "get b absent",
            "exists b key",
            "ttl b key2",
            "touch b key2 2h",
            "keys b --limit 1",
            "scan b",
            "watch b --limit 1",
            "import b - --format jsonl",
            "export b",
            "export b --format csv",
            "delete b key",
            "purge b key",
            "buckets",
            "stats",
            "verify",
            "drop b",
            "drop b --yes",
            "version",
            "get --help",
            "--help",
            "get b --limt 1")) {
      run(store, command);
    }
  }

  private static void run(String store, String command) {
    var args = new ArrayList<String>(List.of("--store", store));
    args.addAll(List.of(command.split(" ")));
    var in =
        new ByteArrayInputStream(
            "{\"key\":\"a\",\"value64\":\"AA==\"}\n".getBytes(StandardCharsets.UTF_8));
    OutputStream nothing = OutputStream.nullOutputStream();
    Cli.run(
        new Console(
            in,
            nothing,
            new PrintStream(nothing, false, StandardCharsets.UTF_8),
            false,
            false,
            Path.of(""),
            System::nanoTime),
        args);
  }
}
