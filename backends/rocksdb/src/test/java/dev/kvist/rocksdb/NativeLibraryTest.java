package dev.kvist.rocksdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.tck.ChildJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The native library is unpacked once, and one that cannot be loaded is named. */
final class NativeLibraryTest {
  private static final String OPENED = "opened";

  @TempDir private Path folder;

  /** Opens a store in a process that loads the library by itself. */
  public static void main(String[] arguments) {
    try (var connection = Kvist.open("rocksdb:" + arguments[0])) {
      connection.ping();
      System.out.println(OPENED);
    } catch (KvException.Unsupported e) {
      System.out.println(e.getMessage());
    }
  }

  private String open(Path cache) throws IOException {
    List<String> command =
        ChildJvm.command(
            List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"),
            NativeLibraryTest.class,
            List.of(folder.resolve("store").toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("KVIST_CACHE", cache.toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.onExit().join();
    return output.strip();
  }

  private static void assertNamed(String output) {
    assertTrue(output.contains(System.getProperty("os.name")), output);
    assertTrue(output.contains(System.getProperty("os.arch")), output);
    assertTrue(output.contains("simple:DIR"), output);
  }

  @Test
  void itIsUnpackedOnceAndOneThatIsCutIsUnpackedAgain() throws IOException {
    Path cache = folder.resolve("cache");
    assertEquals(OPENED, open(cache));
    List<Path> unpacked = files(cache);
    assertEquals(1, unpacked.size(), unpacked::toString);
    Path library = unpacked.getFirst();
    var time = Files.getLastModifiedTime(library);
    assertEquals(OPENED, open(cache));
    assertEquals(unpacked, files(cache));
    assertEquals(time, Files.getLastModifiedTime(library));
    Files.write(library, Arrays.copyOf(Files.readAllBytes(library), 1_000));
    assertEquals(OPENED, open(cache));
  }

  private static List<Path> files(Path cache) throws IOException {
    try (var paths = Files.walk(cache)) {
      return paths.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void aLibraryThatCannotBeLoadedIsNamed() throws IOException {
    Path cache = folder.resolve("cache");
    assertEquals(OPENED, open(cache));
    Path library = files(cache).getFirst();
    Files.write(library, new byte[(int) Files.size(library)]);
    assertNamed(open(cache));
  }

  @Test
  void aPlaceWhereItCannotBeUnpackedIsNamed() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertNamed(open(file));
  }
}
