package dev.kvist.tck;

/**
 * The end of a simulated process, at a crash point of a {@link SimulatedDisk} and in every call
 * after it. An error, so that nothing that handles exceptions survives it.
 */
public final class SimulatedCrash extends Error {
  private static final long serialVersionUID = 1;

  SimulatedCrash(String message) {
    super(message);
  }
}
