package dev.kvist.server.cli;

/**
 * One command with what was typed for it. Made for one run; its class says by a static {@code
 * syntax()} what it takes.
 */
interface Command {
  /**
   * Runs it.
   *
   * @return the exit code
   */
  int run() throws Exception;
}
