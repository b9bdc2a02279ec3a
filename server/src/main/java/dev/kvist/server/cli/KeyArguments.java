package dev.kvist.server.cli;

import dev.kvist.KeyText;
import picocli.CommandLine.Parameters;

/** The arguments of commands on one key. */
final class KeyArguments {
  @Parameters(index = "0", paramLabel = "BUCKET", description = "The bucket.")
  private String bucket = "";

  @Parameters(
      index = "1",
      paramLabel = "KEY",
      description = "Text; \\xHH is a byte, \\\\ a backslash.")
  private String key = "";

  String bucket() {
    return bucket;
  }

  /** The key's bytes. */
  byte[] key() {
    return Arguments.key(key);
  }

  /** Says that the key is not there; returns the exit code for that. */
  int absent(Console console) {
    console.say("kvist: bucket " + bucket + " has no key " + KeyText.print(key()));
    return Cli.ABSENT;
  }
}
