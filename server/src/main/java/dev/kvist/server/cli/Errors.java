package dev.kvist.server.cli;

import dev.kvist.KvException;
import dev.kvist.spi.Names;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says in one line what went wrong and what to do next, and chooses the exit code. */
final class Errors {
  /** Commands by the names that they have elsewhere. */
  private static final Map<String, String> ELSEWHERE =
      Map.of(
          "set", "put", "add", "put", "del", "delete", "rm", "delete", "remove", "delete", "list",
          "keys", "ls", "keys");

  private final Root root;

  Errors(Root root) {
    this.root = root;
  }

  /** A command that does not exist. */
  int unknownCommand(String name) {
    @Nullable String same = ELSEWHERE.get(name);
    @Nullable String nearest = same == null ? Names.nearest(name, Catalog.names()) : same;
    return fail(
        "there is no command '"
            + name
            + "'"
            + (nearest == null ? "" : "; did you mean " + nearest + "?")
            + "; ./kvist --help lists them all");
  }

  /** Words that do not fit the command. */
  int usage(String command, UsageException e) {
    return fail(command + ": " + e.reason() + "; see ./kvist " + command + " --help");
  }

  /** Options that do not fit, and no command. */
  int withoutCommand(UsageException e) {
    return fail(e.reason() + "; see ./kvist --help");
  }

  /** Whatever a command threw. */
  int report(Exception e) {
    if (e instanceof UncheckedIOException && e.getCause() instanceof IOException cause) {
      return report(cause);
    }
    if (root.stopping() || isBrokenPipe(e)) {
      // Who reads the output has had enough, or the person pressed Ctrl-C: nothing went wrong.
      return Cli.DONE;
    }
    trace(e);
    return switch (e) {
      case KvException.AlreadyExists _ -> condition(e);
      case KvException.VersionMismatch _ -> condition(e);
      case KvException _ -> fail(String.valueOf(e.getMessage()));
      case IllegalArgumentException _ -> fail(Cli.reason(e));
      case IOException io -> fail(describe(io));
      default -> own(e);
    };
  }

  /** What no command can go on after. */
  int report(Error e) {
    trace(e);
    return e instanceof OutOfMemoryError
        ? fail(
            "out of memory (" + e.getMessage() + "); give more: KVIST_JAVA_OPTS=-Xmx2g ./kvist …")
        : own(e);
  }

  private int own(Throwable e) {
    return fail(
        "an error of Kvist's own: " + e + "; run it again with -v and report what that shows");
  }

  private int condition(Exception e) {
    fail(String.valueOf(e.getMessage()));
    return Cli.ABSENT;
  }

  private static boolean isBrokenPipe(Exception e) {
    return e instanceof IOException
        && e.getMessage() != null
        && e.getMessage().contains("Broken pipe");
  }

  private static String describe(IOException e) {
    return switch (e) {
      case NoSuchFileException file -> "there is no file " + file.getFile() + "; check the name";
      case AccessDeniedException file ->
          file.getFile() + " may not be read or written by this user; check its permissions";
      // Its message is already "NAME (No such file or directory)".
      case FileNotFoundException _ ->
          "cannot open " + e.getMessage() + "; check the name and its permissions";
      case FileSystemException file -> "cannot use " + file.getMessage() + "; check the name";
      default -> "reading or writing failed: " + Cli.reason(e);
    };
  }

  private int fail(String message) {
    root.console().say("kvist: " + oneLine(message));
    return Cli.FAILED;
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  private void trace(Throwable e) {
    if (root.verbose()) {
      e.printStackTrace(root.console().err());
    }
  }
}
