package dev.kvist.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Runs commands in this process on a store of its own, and keeps what they print, which other
 * threads may read meanwhile.
 */
final class Shell {
  private final Path directory;
  private final String store;
  private volatile ByteArrayOutputStream out = new ByteArrayOutputStream();
  private volatile ByteArrayOutputStream err = new ByteArrayOutputStream();
  private byte[] input = {};
  boolean terminal;
  LongSupplier nanoTime = System::nanoTime;

  Shell(Path directory, String store) {
    this.directory = directory;
    this.store = store;
  }

  /** What the next commands read. */
  Shell in(byte[] input) {
    this.input = input;
    return this;
  }

  Shell in(String input) {
    return in(input.getBytes(UTF_8));
  }

  /** Runs a command on the store; returns its exit code. */
  int run(String... args) {
    var all = new ArrayList<String>(List.of("--store", store));
    all.addAll(List.of(args));
    return runAsIs(all);
  }

  int runAsIs(List<String> args) {
    out = new ByteArrayOutputStream();
    err = new ByteArrayOutputStream();
    var console =
        new Console(
            new ByteArrayInputStream(input),
            new BufferedOutputStream(out),
            new PrintStream(err, true, UTF_8),
            terminal,
            terminal,
            directory,
            nanoTime);
    return Cli.run(console, args);
  }

  String out() {
    return out.toString(UTF_8);
  }

  byte[] outBytes() {
    return out.toByteArray();
  }

  String err() {
    return err.toString(UTF_8);
  }
}
