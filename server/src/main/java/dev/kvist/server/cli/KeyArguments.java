package dev.kvist.server.cli;

import dev.kvist.KeyText;

/** The arguments of commands on one key. */
final class KeyArguments {
  private final String bucket;
  private final String key;

  KeyArguments(Given given) {
    bucket = given.argument("BUCKET");
    key = given.argument("KEY");
  }

  /** A syntax that starts with them. */
  static Syntax syntax() {
    return new Syntax()
        .argument("BUCKET", "The bucket.")
        .argument("KEY", "Text; \\xHH is a byte, \\\\ a backslash.");
  }

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
