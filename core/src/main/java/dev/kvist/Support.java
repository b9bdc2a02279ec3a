package dev.kvist;

/** How a backend supports a capability. */
public enum Support {
  /** By itself, at its own speed. */
  NATIVE,
  /** By other means of Kvist's, at a cost that the note states. */
  EMULATED,
  /** Not at all: its role throws {@link KvException.Unsupported}. */
  ABSENT
}
