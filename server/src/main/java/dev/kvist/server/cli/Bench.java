package dev.kvist.server.cli;

import java.lang.reflect.InvocationTargetException;
import java.util.List;

/**
 * Hands over to the benchmarks, which are a module of their own: the server does not depend on
 * them.
 */
final class Bench implements Command {
  static final String MAIN = "dev.kvist.bench.Main";

  private final Root root;
  private final List<String> arguments;

  Bench(Root root, Given given) {
    this.root = root;
    arguments = given.all("ARGUMENT");
  }

  static Syntax syntax() {
    return new Syntax()
        .any("ARGUMENT", "What the benchmarks' own command line takes.")
        .foreignOptions()
        .about(
            "The benchmarks live in the module bench; docs/benchmarks.md says how they are run and what they showed.")
        .examples("./kvist bench --help");
  }

  @Override
  public int run() throws Exception {
    Class<?> main;
    try {
      main = Class.forName(MAIN);
    } catch (ClassNotFoundException e) {
      root.console()
          .say(
              "kvist: the benchmarks are not on this class path; build the module bench and run its "
                  + MAIN
                  + ", as docs/benchmarks.md describes");
      return Cli.FAILED;
    }
    try {
      main.getMethod("main", String[].class)
          .invoke(null, (Object) arguments.toArray(String[]::new));
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
    return Cli.DONE;
  }
}
