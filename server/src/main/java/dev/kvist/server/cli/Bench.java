package dev.kvist.server.cli;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Hands over to the benchmarks, which are a module of their own: the server does not depend on
 * them.
 */
@Command(
    description =
        "The benchmarks live in the module bench; docs/benchmarks.md says how they are run and what they showed.",
    footer = "  ./kvist bench --help")
final class Bench implements Callable<Integer> {
  static final String MAIN = "dev.kvist.bench.Main";

  private final Root root;

  @Parameters(
      index = "0..*",
      arity = "0..*",
      paramLabel = "ARGUMENT",
      description = "What the benchmarks' own command line takes.")
  private List<String> arguments = new ArrayList<>();

  Bench(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws Exception {
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
