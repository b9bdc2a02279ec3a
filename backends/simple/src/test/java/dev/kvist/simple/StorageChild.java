package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.LogDirectory;
import dev.kvist.tck.ChildJvm;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Another process of a test: opens a directory, says on its output how that went, and waits. */
final class StorageChild implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private StorageChild(Process process) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts it behind a shell prefix, which may set limits. */
  static StorageChild start(String shellPrefix, Path directory, long fileSize) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", shellPrefix + " exec \"$0\" \"$@\""));
    command.addAll(
        ChildJvm.command(
            List.of("-Xmx64m", "-XX:+UseSerialGC"),
            classPath(),
            StorageChild.class,
            List.of(directory.toString(), Long.toString(fileSize))));
    return new StorageChild(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** Next line that it printed. */
  String line() throws IOException {
    String line = output.readLine();
    return line == null ? "ended" : line;
  }

  long pid() {
    return process.pid();
  }

  /** Kills it as {@code kill -9} does, and waits until it is gone. */
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  /** Where the classes are. Not the property: test runners put it all into one jar's manifest. */
  static Set<Path> classRoots(Class<?>... more) {
    Set<Path> roots = new LinkedHashSet<>();
    List<Class<?>> types = new ArrayList<>(List.of(more));
    types.addAll(
        List.of(StorageChild.class, DiskDirectory.class, LogDirectory.class, KvException.class));
    for (Class<?> type : types) {
      String file = "/" + type.getName().replace('.', '/') + ".class";
      String url = String.valueOf(type.getResource(file));
      String root = url.substring(0, url.length() - file.length());
      boolean jar = root.startsWith("jar:");
      roots.add(Path.of(URI.create(jar ? root.substring(4, root.length() - 1) : root)));
    }
    return roots;
  }

  static String classPath(Class<?>... more) {
    return classRoots(more).stream()
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Opens the directory, makes a file when its size is over 0, then waits for its input to end. */
  public static void main(String[] arguments) throws IOException {
    long size = Long.parseLong(arguments[1]);
    try (var directory = DiskDirectory.open(Path.of(arguments[0]), false)) {
      System.out.println("opened");
      if (size > 0) {
        try {
          directory.create("wal/new", size).close();
          System.out.println("created");
        } catch (IOException e) {
          System.out.println("failed " + e);
        }
        System.out.println("left " + directory.list("wal"));
      }
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
    } catch (KvException.AlreadyOwned e) {
      System.out.println("owned by " + e.pid() + " " + e.path());
    }
  }
}
