package dev.kvist.server.cli;

import dev.kvist.KvException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The door of the command line: finds the command, runs it, and turns what happens into an exit
 * code and, where it fails, one line on the error stream.
 */
public final class Cli {
  /** Exit code: done. */
  public static final int DONE = 0;

  /** Exit code: the key is absent, or a condition is not met. */
  public static final int ABSENT = 1;

  /** Exit code: an error, of use or of the store. */
  public static final int FAILED = 2;

  private Cli() {}

  /** Runs a command of this process's console; returns the exit code. */
  public static int run(List<String> args) {
    return run(Console.ofProcess(), args);
  }

  /**
   * Runs a command as if no terminal was there.
   *
   * @param args as typed, the command first or after the options that all commands share
   * @return the exit code: {@link #DONE}, {@link #ABSENT} or {@link #FAILED}
   */
  public static int run(List<String> args, InputStream in, OutputStream out, PrintStream err) {
    return run(
        new Console(
            in, new BufferedOutputStream(out), err, false, false, Path.of(""), System::nanoTime),
        args);
  }

  static int run(Console console, List<String> args) {
    var root = new Root(console);
    var errors = new Errors(root);
    int code = dispatch(root, errors, args);
    try {
      console.out().flush();
      return code;
    } catch (IOException e) {
      // An error that was reported already is most likely the same one.
      return code == FAILED ? code : errors.report(e);
    }
  }

  private static int dispatch(Root root, Errors errors, List<String> args) {
    int at = commandAt(args);
    if (at < 0) {
      return withoutCommand(root, errors, args);
    }
    String name = args.get(at);
    if (name.equals("help")) {
      return at + 1 == args.size() || args.get(at + 1).startsWith("-")
          ? print(root, errors, Catalog.overview())
          : execute(root, errors, args.get(at + 1), List.of(Syntax.HELP));
    }
    if (!Catalog.has(name)) {
      return notACommand(errors, name, args.subList(0, at));
    }
    var words = new ArrayList<String>(args);
    words.remove(at);
    return execute(root, errors, name, words);
  }

  private static int execute(Root root, Errors errors, String name, List<String> words) {
    if (!Catalog.has(name)) {
      return errors.unknownCommand(name);
    }
    try {
      Syntax syntax = Catalog.syntax(name);
      Given given = Given.parse(syntax, words);
      root.take(given);
      if (given.has(Syntax.HELP)) {
        return print(root, errors, HelpText.of(name, Catalog.summary(name), syntax));
      }
      return Catalog.make(name, root, given).run();
    } catch (UsageException e) {
      return errors.usage(name, e);
    } catch (Exception e) {
      return errors.report(e);
    } catch (Error e) {
      // The JVM would end with its own exit code, 1, which says that a key is absent.
      return errors.report(e);
    }
  }

  /** Behind an option that there is not, what was taken for the command may be its value. */
  private static int notACommand(Errors errors, String name, List<String> before) {
    try {
      Given.parse(new Syntax(), before);
      return errors.unknownCommand(name);
    } catch (UsageException e) {
      return errors.withoutCommand(e);
    }
  }

  /**
   * Where the first word is that is neither an option nor the value of one; -1 when there is none.
   */
  private static int commandAt(List<String> args) {
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      if (arg.equals(Syntax.STORE) || arg.equals(Syntax.CONFIG)) {
        i++;
      } else if (!arg.startsWith("-")) {
        return i;
      }
    }
    return -1;
  }

  private static int withoutCommand(Root root, Errors errors, List<String> args) {
    if (args.contains("--version")) {
      return execute(root, errors, "version", List.of());
    }
    try {
      if (Given.parse(new Syntax(), args).has(Syntax.HELP)) {
        return print(root, errors, Catalog.overview());
      }
    } catch (UsageException e) {
      return errors.withoutCommand(e);
    }
    root.console().say(Catalog.overview().strip());
    return FAILED;
  }

  private static int print(Root root, Errors errors, String text) {
    try {
      root.console().line(text.strip());
      return DONE;
    } catch (IOException e) {
      return errors.report(e);
    }
  }

  /** What a failed call says, for messages that put something before it. */
  static String reason(Exception e) {
    return e instanceof KvException || e.getMessage() != null
        ? String.valueOf(e.getMessage())
        : e.getClass().getSimpleName();
  }
}
