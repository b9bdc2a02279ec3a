package dev.kvist.simple;

/** Says why an index must not be believed. It is built anew from the log then; nothing is lost. */
final class IndexUnusable extends Exception {
  private static final long serialVersionUID = 1L;

  IndexUnusable(String reason) {
    super(reason);
  }
}
