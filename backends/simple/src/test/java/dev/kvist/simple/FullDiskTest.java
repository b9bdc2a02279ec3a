package dev.kvist.simple;

import static dev.kvist.simple.DiskDirectoryTest.refusesNaming;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvist.tck.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Full and read-only file systems: real ones where this user may mount, and a limit otherwise. */
final class FullDiskTest {
  @TempDir Path temporary;

  @Test
  void aFileThatDoesNotFitLeavesNothingBehind() throws Exception {
    try (var volume = Volume.mount(temporary, 1);
        var directory = DiskDirectory.open(volume.path().resolve("data"), false)) {
      directory.create("wal/1", 512 << 10).close();
      long free = directory.freeBytes();
      assertTrue(free < 512 << 10, "free " + free);
      Path data = volume.path().resolve("data");
      refusesNaming(data.resolve("wal/2"), () -> directory.create("wal/2", 768 << 10));
      assertEquals(List.of("wal/1"), directory.list("wal"));
      assertEquals(free, directory.freeBytes());
      directory.delete("wal/1");
      directory.create("wal/2", 768 << 10).close();
    }
  }

  @Test
  void aFullDiskCanBeOwned() throws Exception {
    try (var volume = Volume.mount(temporary, 1)) {
      Path data = volume.path().resolve("data");
      DiskDirectory.open(data, false).close();
      try (var full = Files.newOutputStream(volume.path().resolve("full"))) {
        full.write(new byte[2 << 20]);
      } catch (IOException e) {
        assertEquals("No space left on device", e.getMessage());
      }
      try (var directory = DiskDirectory.open(data, false)) {
        assertEquals(0, directory.freeBytes());
        refusesNaming(data, () -> directory.create("wal/1", 4096));
      }
    }
  }

  @Test
  void aReadOnlyFileSystemIsNamedAndCanBeRead() throws Exception {
    try (var volume = Volume.mount(temporary, 1)) {
      Path data = volume.path().resolve("data");
      try (var directory = DiskDirectory.open(data, false)) {
        directory.create("wal/1", 4096).close();
      }
      volume.remountReadOnly();
      refusesNaming(data, () -> DiskDirectory.open(data, false));
      refusesNaming(volume.path(), () -> DiskDirectory.open(volume.path().resolve("other"), false));
      try (var directory = DiskDirectory.openReadOnly(data);
          var file = directory.open("wal/1", false)) {
        assertEquals(4096, file.memory().byteSize());
      }
    }
  }

  @Test
  void aWriteThatFailsMidwayLeavesNothingBehind() throws Exception {
    assumeTrue(Files.exists(Path.of("/bin/sh")));
    // 4096 blocks of 512 or 1024 bytes: the zeros of a larger file fail in the middle.
    try (var child = StorageChild.start("ulimit -f 4096;", temporary, 8 << 20)) {
      assertEquals("opened", child.line());
      String failure = child.line();
      assertTrue(failure.startsWith("failed "), failure);
      assertTrue(failure.contains(temporary.resolve("wal/new").toString()), failure);
      assertEquals("left []", child.line());
    }
  }
}
