package dev.kvist.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What every {@link LogDirectory} owes to an engine. */
public interface LogDirectoryContract {
  /** A new, empty directory; the test closes it. */
  LogDirectory newDirectory() throws IOException;

  /** A new file is zeros and has its size. */
  @Test
  default void aNewFileIsZeros() throws IOException {
    try (LogDirectory directory = newDirectory();
        LogFile file = directory.create("wal/1.log", 10_000)) {
      assertEquals("wal/1.log", file.name());
      assertEquals(10_000, file.memory().byteSize());
      assertArrayEquals(new byte[10_000], file.memory().toArray(ValueLayout.JAVA_BYTE));
    }
  }

  /** The same segment comes back until close. */
  @Test
  default void memoryIsOneObject() throws IOException {
    try (LogDirectory directory = newDirectory();
        LogFile file = directory.create("a", 512)) {
      assertSame(file.memory(), file.memory());
    }
  }

  /** A file longer than one piece of zeros, and not a multiple of anything. */
  @Test
  default void aLargeFileHasItsExactSize() throws IOException {
    long size = (2 << 20) + 12_345;
    try (LogDirectory directory = newDirectory()) {
      directory.create("large", size).close();
      try (LogFile file = directory.open("large", false)) {
        assertEquals(size, file.memory().byteSize());
        assertEquals(-1, file.memory().mismatch(MemorySegment.ofArray(new byte[(int) size])));
      }
    }
  }

  /** An empty file is a file. */
  @Test
  default void anEmptyFileCanBeOpened() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      directory.create("empty", 0).close();
      try (LogFile file = directory.open("empty", true)) {
        assertEquals(0, file.memory().byteSize());
        file.force(0, 0);
      }
    }
  }

  /** What was stored is there when the file is opened again, forced or not. */
  @Test
  default void whatWasStoredIsRead() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      try (LogFile file = directory.create("wal/1.log", 8192)) {
        store(file, 100, "not forced");
        store(file, 5000, "forced");
        file.force(5000, 6);
      }
      try (LogFile file = directory.open("wal/1.log", false)) {
        assertEquals("not forced", text(file, 100, 10));
        assertEquals("forced", text(file, 5000, 6));
      }
    }
  }

  /** Two handles show the same bytes. */
  @Test
  default void twoHandlesSeeEachOther() throws IOException {
    try (LogDirectory directory = newDirectory();
        LogFile writer = directory.create("a", 4096);
        LogFile reader = directory.open("a", false)) {
      store(writer, 7, "seen");
      assertEquals("seen", text(reader, 7, 4));
    }
  }

  /** A store through a read-only handle fails. */
  @Test
  default void aReadOnlyHandleRefusesStores() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      directory.create("a", 512).close();
      try (LogFile file = directory.open("a", false)) {
        assertThrows(
            IllegalArgumentException.class,
            () -> file.memory().set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
      }
    }
  }

  /** Forcing takes any range inside the file and nothing beyond. */
  @Test
  default void forceTakesAnyRange() throws IOException {
    try (LogDirectory directory = newDirectory();
        LogFile file = directory.create("a", 20_000)) {
      store(file, 4090, "over the page");
      file.force(4091, 8);
      file.force(0, 0);
      file.force(19_999, 1);
      file.force(0, 20_000);
      assertThrows(IndexOutOfBoundsException.class, () -> file.force(19_999, 2));
    }
  }

  /** Names come back as the methods take them, sorted, of one folder, without its folders. */
  @Test
  default void listGivesTheNamesOfOneFolder() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      assertEquals(List.of(), directory.list(""));
      assertEquals(List.of(), directory.list("wal"));
      for (String name : List.of("wal/2", "wal/1", "wal/10", "last_state/1", "top")) {
        directory.create(name, 16).close();
      }
      assertEquals(List.of("wal/1", "wal/10", "wal/2"), directory.list("wal"));
      assertEquals(List.of("last_state/1"), directory.list("last_state"));
      assertEquals(List.of("top"), directory.list(""));
    }
  }

  /** A taken name is refused and what it names untouched. */
  @Test
  default void createRefusesATakenName() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      try (LogFile file = directory.create("a", 64)) {
        store(file, 0, "first");
      }
      var refusal =
          assertThrows(FileAlreadyExistsException.class, () -> directory.create("a", 128));
      assertTrue(refusal.getFile().endsWith("a"), refusal.getFile());
      try (LogFile file = directory.open("a", false)) {
        assertEquals(64, file.memory().byteSize());
        assertEquals("first", text(file, 0, 5));
      }
    }
  }

  /** A missing file is an error of its own in open, rename, truncate and identity. */
  @Test
  default void aMissingFileIsNamed() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      for (var call :
          List.<Executable>of(
              () -> directory.open("wal/missing", true),
              () -> directory.open("wal/missing", false),
              () -> directory.rename("wal/missing", "wal/other"),
              () -> directory.truncate("wal/missing", 0),
              () -> directory.identity("wal/missing"))) {
        var missing = assertThrows(NoSuchFileException.class, call);
        assertTrue(missing.getFile().endsWith("wal/missing"), missing.getFile());
      }
      directory.delete("wal/missing");
    }
  }

  /** A rename takes the file over what had the name, its content, its identity, its handles. */
  @Test
  default void renameReplaces() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      try (LogFile target = directory.create("wal/b", 32)) {
        store(target, 0, "old");
      }
      try (LogFile file = directory.create("wal/a", 64)) {
        store(file, 0, "new");
        String identity = directory.identity("wal/a");
        directory.rename("wal/a", "wal/b");
        directory.sync("wal");
        assertEquals(identity, directory.identity("wal/b"));
        store(file, 3, "er");
      }
      assertEquals(List.of("wal/b"), directory.list("wal"));
      try (LogFile file = directory.open("wal/b", false)) {
        assertEquals("newer", text(file, 0, 5));
      }
    }
  }

  /** A rename may go to another folder, which it makes, and onto itself. */
  @Test
  default void renameCrossesFolders() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      directory.create("wal/a", 64).close();
      directory.rename("wal/a", "last_state/a");
      directory.rename("last_state/a", "last_state/a");
      assertEquals(List.of(), directory.list("wal"));
      assertEquals(List.of("last_state/a"), directory.list("last_state"));
    }
  }

  /** A deleted file is gone, and readable through the handles on it. */
  @Test
  default void aDeletedFileStaysReadableWhileOpen() throws IOException {
    try (LogDirectory directory = newDirectory();
        LogFile file = directory.create("wal/a", 64)) {
      store(file, 0, "still here");
      directory.delete("wal/a");
      directory.delete("wal/a");
      assertEquals(List.of(), directory.list("wal"));
      assertEquals("still here", text(file, 0, 10));
      directory.create("wal/a", 64).close();
      assertEquals("still here", text(file, 0, 10));
    }
  }

  /** After delete and close a reader fails and does not read other memory. */
  @Test
  default void aClosedFileCannotBeRead() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      LogFile file = directory.create("a", 64);
      MemorySegment memory = file.memory();
      directory.delete("a");
      file.close();
      file.close();
      assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
    }
  }

  /** Truncation keeps the beginning, and never lengthens. */
  @Test
  default void truncateCuts() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      try (LogFile file = directory.create("a", 1000)) {
        store(file, 0, "kept and cut");
      }
      String identity = directory.identity("a");
      directory.truncate("a", 4);
      directory.truncate("a", 100);
      assertEquals(identity, directory.identity("a"));
      try (LogFile file = directory.open("a", true)) {
        assertEquals(4, file.memory().byteSize());
        assertEquals("kept", text(file, 0, 4));
      }
    }
  }

  /**
   * Two files have two identities, also when one takes the name, and maybe the inode, of the other.
   */
  @Test
  default void identityTellsFilesApart() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      directory.create("a", 16).close();
      directory.create("b", 16).close();
      String first = directory.identity("a");
      assertNotNull(first);
      assertEquals(first, directory.identity("a"));
      assertNotEquals(first, directory.identity("b"));
      // A file system that gives the inode again tells the two by their birth, to its clock's tick.
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
      do {
        directory.delete("a");
        directory.create("a", 16).close();
      } while (first.equals(directory.identity("a")) && System.nanoTime() - deadline < 0);
      assertNotEquals(first, directory.identity("a"));
    }
  }

  /** The boot does not change while a process runs, and there is room. */
  @Test
  default void thereIsABootAndRoom() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      assertEquals(directory.bootId(), directory.bootId());
      assertTrue(directory.freeBytes() > 0);
      assertTrue(!directory.location().isEmpty());
    }
  }

  /** Names that leave the directory, or go deeper than one folder, are mistakes. */
  @Test
  default void namesAreChecked() throws IOException {
    try (LogDirectory directory = newDirectory()) {
      directory.create("other", 16).close();
      for (String name :
          List.of("", "..", ".", "../a", "a/..", "a/b/c", "/a", "a/", "a\\b", "a b", "a\0")) {
        for (Executable call :
            List.<Executable>of(
                () -> directory.create(name, 16),
                () -> directory.open(name, false),
                () -> directory.delete(name),
                () -> directory.truncate(name, 0),
                () -> directory.identity(name),
                () -> directory.rename(name, "b"),
                () -> directory.rename("other", name))) {
          assertThrows(IllegalArgumentException.class, call, name);
        }
      }
    }
  }

  /** A closed directory does nothing more, and closing it again is fine. */
  @Test
  default void aClosedDirectoryRefuses() throws IOException {
    LogDirectory directory = newDirectory();
    directory.create("a", 16).close();
    directory.close();
    directory.close();
    assertThrows(IOException.class, () -> directory.list(""));
    assertThrows(IOException.class, () -> directory.create("b", 16));
    assertThrows(IOException.class, () -> directory.open("a", false));
    assertThrows(IOException.class, () -> directory.delete("a"));
  }

  private static void store(LogFile file, long offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    MemorySegment.copy(bytes, 0, file.memory(), ValueLayout.JAVA_BYTE, offset, bytes.length);
    file.written(offset, bytes.length);
  }

  private static String text(LogFile file, long offset, int length) {
    byte[] bytes = file.memory().asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
