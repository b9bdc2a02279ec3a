package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.spi.OwnerLock;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OwnerLockTest {
  private static final long OUR_PID = ProcessHandle.current().pid();

  @TempDir Path temporary;

  @Test
  void aSecondOwnerInThisProcessIsRefused() throws IOException {
    Path data = temporary.resolve("data");
    try (var directory = DiskDirectory.open(data, false)) {
      Path link = Files.createSymbolicLink(temporary.resolve("link"), data);
      for (Path path : new Path[] {data, link, data.resolve("../data")}) {
        var refusal =
            assertThrows(KvException.AlreadyOwned.class, () -> DiskDirectory.open(path, false));
        assertEquals(OUR_PID, refusal.pid());
        assertEquals(data.toRealPath().toString(), refusal.path());
      }
      directory.create("still/usable", 16).close();
      assertEquals(OUR_PID + "\n", Files.readString(data.resolve("owner")));
    }
    DiskDirectory.open(data, false).close();
  }

  @Test
  void aSecondOwnerInAnotherProcessIsRefused() throws Exception {
    Path data = temporary.resolve("data");
    try (var directory = DiskDirectory.open(data, false)) {
      // On POSIX a second open in this process must not have dropped the lock.
      assertThrows(KvException.AlreadyOwned.class, () -> DiskDirectory.open(data, false));
      try (var child = StorageChild.start("", data, 0)) {
        assertEquals("owned by " + OUR_PID + " " + data.toRealPath(), child.line());
      }
      directory.create("still/usable", 16).close();
    }
    try (var child = StorageChild.start("", data, 0)) {
      assertEquals("opened", child.line());
    }
  }

  @Test
  void aSecondCopyOfThisLibraryIsRefusedAndDropsNoLock() throws Exception {
    List<URL> roots = new ArrayList<>();
    for (Path root : StorageChild.classRoots()) {
      roots.add(root.toUri().toURL());
    }
    try (var directory = DiskDirectory.open(temporary, false);
        var copy = new URLClassLoader(roots.toArray(new URL[0]), null)) {
      Class<?> lock = copy.loadClass(OwnerLock.class.getName());
      assertNotEquals(OwnerLock.class, lock);
      Method acquire = lock.getDeclaredMethod("acquire", Path.class);
      acquire.setAccessible(true);
      var refusal =
          assertThrows(InvocationTargetException.class, () -> acquire.invoke(null, temporary));
      assertEquals(
          KvException.AlreadyOwned.class.getName(),
          refusal.getTargetException().getClass().getName());
      try (var child = StorageChild.start("", temporary, 0)) {
        assertEquals("owned by " + OUR_PID + " " + temporary.toRealPath(), child.line());
      }
      assertEquals(List.of(), directory.list(""));
    }
  }

  @Test
  void anotherProcessOwnsUntilItIsKilled() throws Exception {
    Path data = temporary.resolve("data");
    try (var child = StorageChild.start("", data, 0)) {
      assertEquals("opened", child.line());
      for (int attempt = 0; attempt < 2; attempt++) {
        var refusal =
            assertThrows(KvException.AlreadyOwned.class, () -> DiskDirectory.open(data, false));
        assertEquals(child.pid(), refusal.pid());
        assertTrue(String.valueOf(refusal.getMessage()).contains(data.toRealPath().toString()));
      }
      DiskDirectory.openReadOnly(data).close();
    }
    DiskDirectory.open(data, false).close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "4711\n", "4711", "\0\0\0\0\0"})
  void whatAnEarlierOwnerLeftIsNoObstacle(String left) throws IOException {
    Files.writeString(temporary.resolve("owner"), left);
    try (var directory = DiskDirectory.open(temporary, false)) {
      assertEquals(OUR_PID + "\n", Files.readString(temporary.resolve("owner")));
      assertTrue(directory.list("").isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"keep", "12 monkeys", "11111111111111111111111111111111 and more"})
  void anOwnerFileOfSomebodyElseIsRefusedAndLeftAlone(String content) throws IOException {
    Path file = Files.writeString(temporary.resolve("owner"), content);
    for (int attempt = 0; attempt < 2; attempt++) {
      var refusal =
          assertThrows(KvException.Unsupported.class, () -> DiskDirectory.open(temporary, false));
      assertTrue(String.valueOf(refusal.getMessage()).contains("owner"), refusal::getMessage);
      assertEquals(content, Files.readString(file));
    }
    Files.delete(file);
    DiskDirectory.open(temporary, false).close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"4711\n", "precious", "missing"})
  void aLinkInPlaceOfTheOwnerFileIsRefused(String content) throws IOException {
    Path victim = temporary.resolve("victim");
    if (!content.equals("missing")) {
      Files.writeString(victim, content);
    }
    Path data = Files.createDirectory(temporary.resolve("data"));
    Files.createSymbolicLink(data.resolve("owner"), victim);
    assertThrows(KvException.Unsupported.class, () -> DiskDirectory.open(data, false));
    assertEquals(!content.equals("missing"), Files.exists(victim));
    if (Files.exists(victim)) {
      assertEquals(content, Files.readString(victim));
    }
  }

  @Test
  void anInterruptedThreadTakesAndLosesLocksLikeAnyOther() throws Exception {
    Path held = temporary.resolve("held");
    try (var directory = DiskDirectory.open(held, false)) {
      Thread.currentThread().interrupt();
      try {
        DiskDirectory.open(temporary.resolve("other"), false).close();
        assertThrows(KvException.AlreadyOwned.class, () -> DiskDirectory.open(held, false));
      } finally {
        assertTrue(Thread.interrupted());
      }
      try (var child = StorageChild.start("", held, 0)) {
        assertEquals("owned by " + OUR_PID + " " + held.toRealPath(), child.line());
      }
      assertEquals(0, directory.list("").size());
    }
  }
}
