package dev.kvist.nats;

/** A question under way, as far as those are concerned who end it before its answer. */
interface UnderWay {
  /** Whether there is an answer to wait for. */
  boolean isAwaited();

  /** Whether it is to a subject that a server does not permit. */
  boolean isTo(String refused);

  /** Ends it, since a server does not permit it. */
  void refuse(String error);

  /** Ends it, since its connection broke. */
  void lost();
}
