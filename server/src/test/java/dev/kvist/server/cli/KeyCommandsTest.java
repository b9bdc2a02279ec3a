package dev.kvist.server.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** {@code put get exists delete purge touch ttl}, and how all commands fail. */
final class KeyCommandsTest {
  @TempDir private Path directory;
  private Shell shell = new Shell(Path.of(""), "");

  @BeforeEach
  void open(TestInfo test) {
    shell = new Shell(directory, "fake:" + test.getDisplayName() + directory.getFileName());
  }

  @Test
  void whatIsPutIsGotByteForByte() {
    assertEquals(0, shell.run("put", "demo", "a\\x00\\\\", "\\xFF\\x0Aend"));
    assertEquals(0, shell.run("get", "demo", "a\\x00\\\\"));
    assertArrayEquals(new byte[] {(byte) 0xFF, '\n', 'e', 'n', 'd'}, shell.outBytes());
    assertEquals("", shell.err());
  }

  @Test
  void aLineEndFollowsOnATerminalOnly() {
    shell.run("put", "demo", "a", "1");
    shell.terminal = true;
    shell.run("get", "demo", "a");
    assertEquals("1\n", shell.out());
  }

  @Test
  void aValueComesFromTheInputOrAFile() throws IOException {
    Files.write(directory.resolve("value.bin"), new byte[] {0, 1, -1});
    assertEquals(0, shell.in("piped\n").run("put", "demo", "a", "-"));
    shell.run("get", "demo", "a");
    assertEquals("piped\n", shell.out());
    assertEquals(0, shell.run("put", "demo", "b", "@value.bin"));
    shell.run("get", "demo", "b");
    assertArrayEquals(new byte[] {0, 1, -1}, shell.outBytes());
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertEquals(2, shell.run("put", "demo", "a", "@nothing.txt"));
    assertOneLine("nothing.txt");
  }

  @Test
  void aTooLargeValueIsRefusedFromEverywhere() throws IOException {
    String large = "x".repeat(FakeConnection.MAX_VALUE_SIZE + 500);
    Files.writeString(directory.resolve("large"), large);
    assertEquals(2, shell.run("put", "demo", "a", large));
    assertOneLine("has 2500 bytes, and the limit is 2000; split it");
    for (String value : List.of("@large", "-")) {
      assertEquals(2, shell.in(large).run("put", "demo", "a", value));
      assertOneLine("has more than 2000 bytes, which is the limit; split it");
    }
  }

  @Test
  void anAbsentKeyHasItsOwnExitCode() {
    assertEquals(1, shell.run("get", "demo", "nothing"));
    assertEquals("", shell.out());
    assertOneLine("bucket demo has no key nothing");
    assertEquals(1, shell.run("get", "demo", "nothing", "--compressed"));
    assertEquals(1, shell.run("delete", "demo", "nothing"));
    assertEquals(1, shell.run("touch", "demo", "nothing", "1s"));
    assertEquals(1, shell.run("ttl", "demo", "nothing"));
    assertEquals(0, shell.run("purge", "demo", "nothing"));
  }

  @Test
  void existsSaysSo() {
    shell.run("put", "demo", "a", "");
    assertEquals(0, shell.run("exists", "demo", "a"));
    assertEquals("true\n", shell.out());
    assertEquals(1, shell.run("exists", "demo", "b"));
    assertEquals("false\n", shell.out());
  }

  @Test
  void conditionsDecide() {
    assertEquals(0, shell.run("put", "demo", "a", "1", "--if-absent"));
    String first = shell.out().strip();
    assertEquals(1, shell.run("put", "demo", "a", "2", "--if-absent"));
    assertOneLine("exists");
    assertEquals(0, shell.run("put", "demo", "a", "2", "--if-version", first));
    assertEquals(1, shell.run("put", "demo", "a", "3", "--if-version", first));
    assertEquals(1, shell.run("delete", "demo", "a", "--if-version", first));
    assertEquals(2, shell.run("put", "demo", "a", "3", "--if-version", first, "--if-absent"));
    assertEquals(2, shell.run("put", "demo", "a", "3", "--if-version", "no version!"));
    assertOneLine("no version!");
    shell.run("get", "demo", "a");
    assertEquals("2", shell.out());
  }

  @Test
  void aKeyLivesAsLongAsToldTo() {
    shell.run("put", "demo", "a", "1", "--ttl", "1h");
    assertEquals(0, shell.run("ttl", "demo", "a"));
    assertTrue(shell.out().startsWith("59m59"), shell.out());
    assertEquals(0, shell.run("touch", "demo", "a", "1d12h"));
    shell.run("ttl", "demo", "a");
    assertTrue(shell.out().startsWith("1d11h59m"), shell.out());
    shell.run("put", "demo", "a", "1");
    assertEquals(0, shell.run("ttl", "demo", "a"));
    assertEquals("none\n", shell.out());
  }

  @Test
  void aWrongTimeToLiveSaysHowToWriteOne() {
    for (String wrong : List.of("10", "s", "0s", "10x", "1.5.s", "1e3s", "-1s", "")) {
      assertEquals(2, shell.run("put", "demo", "a", "1", "--ttl=" + wrong), wrong);
      assertEquals(1, shell.err().lines().count(), shell.err());
    }
    assertEquals(1, shell.run("exists", "demo", "a"));
  }

  @Test
  void compressedValuesAreDecodedOnRequest() {
    String text = "again and ".repeat(100);
    shell.run("put", "demo", "a", text, "--compress");
    assertEquals(0, shell.run("get", "demo", "a", "--compressed"));
    assertEquals(text, shell.out());
    shell.run("get", "demo", "a");
    assertTrue(shell.outBytes().length < text.length());
    assertEquals(1000, ByteBuffer.wrap(shell.outBytes()).order(ByteOrder.LITTLE_ENDIAN).getInt());
    shell.run("put", "demo", "b", text);
    assertEquals(2, shell.run("get", "demo", "b", "--compressed"));
    assertOneLine("not stored compressed");
  }

  @Test
  void deletedAndPurgedKeysAreGone() {
    shell.run("put", "demo", "a", "1");
    assertEquals(0, shell.run("delete", "demo", "a"));
    assertEquals(1, shell.run("exists", "demo", "a"));
    shell.run("put", "demo", "a", "1");
    assertEquals(0, shell.run("purge", "demo", "a"));
    assertEquals(1, shell.run("exists", "demo", "a"));
  }

  @Test
  void aBadEscapeIsShown() {
    assertEquals(2, shell.run("put", "demo", "a\\q", "1"));
    assertOneLine("character 2");
    assertEquals(2, shell.run("put", "demo", "a", "\\xZZ"));
    assertOneLine("value '\\xZZ'");
  }

  @Test
  void aBadBucketNameOrKeyIsShown() {
    assertEquals(2, shell.run("put", "no/slash", "a", "1"));
    assertOneLine("no/slash");
    assertEquals(2, shell.run("get", "--", "-dash", "a"));
    assertOneLine("-dash");
    assertEquals(2, shell.run("put", "demo", "", "1"));
    assertEquals(2, shell.run("put", "demo", "k".repeat(1025), "1"));
    assertOneLine("1025");
  }

  private void assertOneLine(String part) {
    assertEquals(1, shell.err().lines().count(), shell.err());
    assertTrue(shell.err().startsWith("kvist: "), shell.err());
    assertTrue(shell.err().contains(part), shell.err());
  }
}
