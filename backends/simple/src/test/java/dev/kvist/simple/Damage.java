package dev.kvist.simple;

/** What happened to a file in a {@link DamageSimulation}. */
enum Damage {
  FLIPPED_BIT,
  INFLATED_LENGTH,
  ZEROS_IN_THE_MIDDLE,
  ZEROS_AT_THE_END,
  TRUNCATED,
  MISSING,
  OF_ANOTHER_STORE
}
