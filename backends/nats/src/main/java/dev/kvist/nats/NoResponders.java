package dev.kvist.nats;

/**
 * Nobody listens to a subject: the stream is missing, has no leader, or JetStream is off. What was
 * sent certainly had no effect.
 */
final class NoResponders extends Exception {
  private static final long serialVersionUID = 1;

  NoResponders(String subject) {
    super("nobody listens to " + subject, null, false, false);
  }
}
