package dev.kvist.server.cli;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Where a command reads and writes: data goes to {@code out}, everything else to {@code err}.
 *
 * @param in what {@code -} reads
 * @param out buffered; flushed when the command ends
 * @param err for messages and progress
 * @param outTerminal whether a person looks at {@code out}
 * @param errTerminal whether a person looks at {@code err}
 * @param directory where relative file names start
 * @param nanoTime what progress goes by, as {@link System#nanoTime}
 */
record Console(
    InputStream in,
    OutputStream out,
    PrintStream err,
    boolean outTerminal,
    boolean errTerminal,
    Path directory,
    LongSupplier nanoTime) {
  /**
   * The console of this process. Not by {@code System.out}, which hides that its reader went away.
   */
  static Console ofProcess() {
    return new Console(
        new BufferedInputStream(new FileInputStream(FileDescriptor.in)),
        new BufferedOutputStream(new StandardOutput(), 1 << 16),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        isTerminal(1),
        isTerminal(2),
        Path.of(""),
        System::nanoTime);
  }

  /** The same without a progress bar. */
  Console withoutBar() {
    return new Console(in, out, err, outTerminal, false, directory, nanoTime);
  }

  /** Says of a failure where it was. */
  private static final class StandardOutput extends FilterOutputStream {
    StandardOutput() {
      super(new FileOutputStream(FileDescriptor.out));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        throw new IOException("standard output: " + e.getMessage(), e);
      }
    }
  }

  /**
   * By the link that Linux keeps for each descriptor: asking the C library would cost more than a
   * whole {@code get}.
   */
  private static boolean isTerminal(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      // Elsewhere nobody is taken to look: neither colours nor a progress bar.
      return false;
    }
  }

  /** The path of a file name that was typed. */
  Path path(String file) {
    return directory.resolve(file);
  }

  /** Opens a file for reading, or the standard input for {@code -}. */
  InputStream open(String file) throws IOException {
    return file.equals("-") ? in : new FileInputStream(path(file).toFile());
  }

  /** Prints a line of data. */
  void line(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.write('\n');
  }

  /** Prints a line for the person, not for the pipe. */
  void say(String text) {
    err.println(text);
  }
}
