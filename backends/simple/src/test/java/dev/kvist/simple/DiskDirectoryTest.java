package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvist.KvException;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import dev.kvist.tck.LogDirectoryContract;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

final class DiskDirectoryTest implements LogDirectoryContract {
  @TempDir Path temporary;

  @Override
  public LogDirectory newDirectory() throws IOException {
    return DiskDirectory.open(temporary.resolve("missing/parents/data"), false);
  }

  @Nested
  final class WithSyncedFiles implements LogDirectoryContract {
    @Override
    public LogDirectory newDirectory() throws IOException {
      return DiskDirectory.open(temporary.resolve("synced"), true);
    }
  }

  @Test
  void contentOutlivesTheDirectoryAndReachesTheFile() throws IOException {
    Path root = temporary.resolve("data");
    try (var directory = DiskDirectory.open(root, true);
        LogFile file = directory.create("wal/1.log", 8192)) {
      file.memory().set(ValueLayout.JAVA_BYTE, 5000, (byte) 7);
      file.force(5000, 1);
    }
    assertEquals(7, Files.readAllBytes(root.resolve("wal/1.log"))[5000]);
    try (var directory = DiskDirectory.open(root, false);
        LogFile file = directory.open("wal/1.log", true)) {
      assertEquals(7, file.memory().get(ValueLayout.JAVA_BYTE, 5000));
      assertEquals(root.toString(), directory.location());
    }
  }

  @Test
  void theSpaceOfANewFileIsReserved() throws Exception {
    assumeTrue(isUnix());
    try (var directory = DiskDirectory.open(temporary, true)) {
      long size = 3 << 20;
      directory.create("a", size).close();
      var du = new ProcessBuilder("du", "-k", temporary.resolve("a").toString()).start();
      String kilobytes = du.inputReader(StandardCharsets.UTF_8).readLine().replaceAll("\\s.*", "");
      assertTrue(Long.parseLong(kilobytes) >= size / 1024, kilobytes);
    }
  }

  @Test
  void anInodeThatIsUsedAgainIsAnotherFile() throws IOException {
    try (var directory = DiskDirectory.open(temporary, false)) {
      Set<String> identities = new HashSet<>();
      int files = 5;
      for (int i = 0; i < files; i++) {
        directory.create("a", 4096).close();
        identities.add(String.valueOf(directory.identity("a")));
        directory.delete("a");
        long nextTick = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20);
        while (System.nanoTime() - nextTick < 0) {
          LockSupport.parkNanos(nextTick - System.nanoTime());
        }
      }
      assertEquals(files, identities.size(), "" + identities);
    }
  }

  @Test
  void theBootIsThatOfTheKernel() throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/sys/kernel/random/boot_id")));
    try (var directory = DiskDirectory.open(temporary, false)) {
      String bootId = directory.bootId();
      assertNotNull(bootId);
      assertTrue(bootId.matches("[0-9a-f-]{36}"), bootId);
    }
  }

  @Test
  void foreignFilesAreListedAndFoldersAndTheOwnerFileAreNot() throws IOException {
    try (var directory = DiskDirectory.open(temporary, false)) {
      Files.writeString(temporary.resolve("some notes.txt"), "foreign");
      Files.createDirectories(temporary.resolve("wal/deeper"));
      Files.writeString(temporary.resolve("wal/KEYREGISTRY"), "foreign");
      assertEquals(List.of("some notes.txt"), directory.list(""));
      assertEquals(List.of("wal/KEYREGISTRY"), directory.list("wal"));
      assertThrows(IllegalArgumentException.class, () -> directory.delete("owner"));
    }
  }

  @Test
  void aFileInTheWayIsNamed() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "in the way");
    refusesNaming(file, () -> DiskDirectory.open(file, false));
    refusesNaming(file, () -> DiskDirectory.open(file.resolve("data"), false));
    refusesNaming(file, () -> DiskDirectory.open(file.resolve("more/data"), false));
    refusesNaming(file, () -> DiskDirectory.openReadOnly(file).list(""));
    refusesNaming(file, () -> DiskDirectory.openReadOnly(file).open("a", false));
    assertEquals("in the way", Files.readString(file));

    Path data = temporary.resolve("data");
    try (var directory = DiskDirectory.open(data, false)) {
      Path wal = Files.writeString(data.resolve("wal"), "in the way");
      refusesNaming(wal, () -> directory.create("wal/1", 16));
      refusesNaming(wal, () -> directory.open("wal/1", true));
      assertThrows(NotDirectoryException.class, () -> directory.list("wal"));
      directory.create("a", 16).close();
      refusesNaming(wal, () -> directory.rename("a", "wal/a"));
      assertEquals(List.of("a", "wal"), directory.list(""));
    }
  }

  @Test
  void aFolderInTheWayIsNamed() throws IOException {
    Path data = temporary.resolve("data");
    try (var directory = DiskDirectory.open(data, false)) {
      Path folder = Files.createDirectories(data.resolve("wal/1"));
      Files.writeString(folder.resolve("full"), "");
      refusesNaming(folder, () -> directory.create("wal/1", 16));
      refusesNaming(folder, () -> directory.open("wal/1", true));
      refusesNaming(folder, () -> directory.open("wal/1", false));
      refusesNaming(folder, () -> directory.truncate("wal/1", 0));
      refusesNaming(folder, () -> directory.delete("wal/1"));
    }
    Files.delete(data.resolve("owner"));
    Files.createDirectories(data.resolve("owner"));
    var refusal =
        assertThrows(KvException.Unsupported.class, () -> DiskDirectory.open(data, false));
    assertTrue(String.valueOf(refusal.getMessage()).contains("owner"), refusal::getMessage);
  }

  @Test
  void aLinkThatLeadsNowhereIsNoEmptyFolder() throws IOException {
    Path data = Files.createDirectories(temporary.resolve("data"));
    Files.createSymbolicLink(data.resolve("wal"), temporary.resolve("unmounted"));
    try (var directory = DiskDirectory.open(data, false)) {
      refusesNaming(data.resolve("wal"), () -> directory.list("wal"));
      refusesNaming(data.resolve("wal"), () -> directory.create("wal/1", 16));
    }
  }

  @Test
  void permissionsAreRespectedAndNamed() throws IOException {
    Path data = Files.createDirectories(temporary.resolve("data"));
    assumeTrue(isUnix());
    data.toFile().setWritable(false);
    try {
      assumeTrue(!Files.isWritable(data), "this user may write everywhere");
      refusesNaming(data, () -> DiskDirectory.open(data, false));
      data.toFile().setReadable(false);
      refusesNaming(data, () -> DiskDirectory.openReadOnly(data).list(""));
    } finally {
      data.toFile().setReadable(true);
      data.toFile().setWritable(true);
    }
  }

  @Test
  void readOnlyReadsAndWritesNothing() throws IOException {
    Path data = temporary.resolve("data");
    try (var owner = DiskDirectory.open(data, false)) {
      owner.create("wal/1", 600).close();
      try (var directory = DiskDirectory.openReadOnly(data);
          LogFile file = directory.open("wal/1", false)) {
        assertArrayEquals(new byte[600], file.memory().toArray(ValueLayout.JAVA_BYTE));
        file.force(0, 600);
        assertEquals(List.of("wal/1"), directory.list("wal"));
        assertNotNull(directory.identity("wal/1"));
        assertTrue(directory.freeBytes() > 0);
        refusesNaming(data, () -> directory.create("wal/2", 16));
        refusesNaming(data, () -> directory.open("wal/1", true));
        refusesNaming(data, () -> directory.rename("wal/1", "wal/2"));
        refusesNaming(data, () -> directory.delete("wal/1"));
        refusesNaming(data, () -> directory.truncate("wal/1", 0));
        refusesNaming(data, () -> directory.sync("wal"));
      }
    }
  }

  @Test
  void readOnlyMakesNothing() throws IOException {
    Path missing = temporary.resolve("missing/data");
    try (var directory = DiskDirectory.openReadOnly(missing)) {
      assertEquals(List.of(), directory.list("wal"));
      refusesNaming(missing, () -> directory.open("wal/1", false));
    }
    assertFalse(Files.exists(temporary.resolve("missing")));
  }

  @Test
  void closingWaitsForAForceAndReadersFailCleanly() throws Exception {
    try (var directory = DiskDirectory.open(temporary, false)) {
      for (int round = 0; round < 20; round++) {
        String name = "wal/" + round;
        LogFile file = directory.create(name, 1 << 20);
        var reading = new CountDownLatch(1);
        var stopped = new AtomicBoolean();
        var reader =
            CompletableFuture.runAsync(() -> {
              while (!stopped.get()) {
                file.memory().get(ValueLayout.JAVA_BYTE, 4096);
                reading.countDown();
              }
            });
        var forcer =
            CompletableFuture.runAsync(() -> {
              while (!stopped.get()) {
                forceUnchecked(file);
              }
            });
        reading.await();
        file.close();
        for (var thread : List.of(reader, forcer)) {
          var end = assertThrows(ExecutionException.class, thread::get);
          assertEquals(IllegalStateException.class, rootOf(end).getClass());
        }
        stopped.set(true);
        directory.delete(name);
      }
    }
  }

  private static void forceUnchecked(LogFile file) {
    try {
      file.memory().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
      file.force(0, 4096);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Throwable rootOf(Throwable failure) {
    Throwable cause = failure.getCause();
    return cause == null ? failure : rootOf(cause);
  }

  private static boolean isUnix() {
    return File.separatorChar == '/';
  }

  /** An {@link IOException} whose message holds {@code path}. */
  static void refusesNaming(Path path, Executable call) {
    var failure = assertThrows(IOException.class, call);
    assertTrue(failure.toString().contains(path.toString()), failure.toString());
  }
}
