package dev.kvist.nats;

/** What this backend takes. */
final class Limits {
  /**
   * The longest key: written with three letters a byte it fits, with the name of the bucket and the
   * words of a request around it, into the 4,096 bytes of a line of the protocol.
   */
  static final int MAX_KEY_BYTES = 1024;

  /** Of what a server takes as one message, the part that is left for our headers. */
  static final int HEADER_BYTES = 1024;

  private Limits() {}
}
