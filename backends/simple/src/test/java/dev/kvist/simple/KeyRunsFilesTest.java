package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a directory holds after a clean close, a crash at any change, and damage at any byte. */
class KeyRunsFilesTest {
  private static final String FIRST = "last_state/keys-1";
  private static final String SECOND = "last_state/keys-2";

  private final SampleKeys keys = new SampleKeys();
  private SampleDirectory directory = new SampleDirectory();

  private KeyRuns open() throws IOException {
    return KeyRuns.open(directory, true, 1, keys);
  }

  private List<SampleKey> put(KeyRuns runs, int from, int to) {
    List<SampleKey> added = new ArrayList<>();
    for (int i = from; i < to; i++) {
      SampleKey key = new SampleKey(1, String.format("key:%06d", i));
      keys.put(runs, key);
      added.add(key);
    }
    return added;
  }

  private static List<SampleKey> found(KeyRuns runs) {
    List<SampleKey> found = new ArrayList<>();
    for (byte[] key : runs.page(1, null, true, null, true, false, Integer.MAX_VALUE)) {
      found.add(SampleKey.of(1, key));
    }
    return found;
  }

  @Test
  void aCleanCloseLeavesNothingToRebuild() throws IOException {
    KeyRuns runs = open();
    List<SampleKey> expected = put(runs, 0, 1000);
    runs.closeCleanly(50);
    assertEquals(0, directory.openFiles());
    assertTrue(keys.forced.get() > 0, "the log was not forced before the file");
    keys.dropLog();

    directory = directory.crash();
    KeyRuns again = open();
    assertEquals(50, again.coversTo());
    assertEquals(List.of(), again.discarded());
    assertEquals(expected, found(again));
    assertTrue(again.verify());
    assertEquals(0, again.memoryBytes() - AddedPositions.CHUNK * Long.BYTES);
    expected.addAll(put(again, 1000, 1010));
    again.closeCleanly(60);
    KeyRuns third = open();
    assertEquals(60, third.coversTo());
    assertEquals(expected, found(third));
    third.closeCleanly(70);
    assertEquals(70, open().coversTo());
  }

  @Test
  void runsOutliveTheProcessOnADisk(@TempDir Path path) throws IOException {
    List<SampleKey> expected = new ArrayList<>();
    for (int session = 0; session < 8; session++) {
      try (DiskDirectory disk = DiskDirectory.open(path, true)) {
        KeyRuns runs = KeyRuns.open(disk, true, 1, keys);
        assertEquals(session, runs.coversTo());
        assertEquals(List.of(), runs.discarded());
        assertEquals(expected, found(runs));
        expected.addAll(put(runs, session * 10_000, session * 10_000 + 10_000));
        runs.closeCleanly(session + 1);
      }
      keys.dropLog();
    }
    KeyRuns runs = KeyRuns.open(DiskDirectory.openReadOnly(path), false, 1, keys);
    assertEquals(expected, found(runs));
    runs.closeCleanly(9);
  }

  @Test
  void closingOftenLeavesFewFiles() throws IOException {
    List<SampleKey> expected = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      KeyRuns runs = open();
      if (i % 3 != 0) {
        expected.addAll(put(runs, i * 10, i * 10 + 10));
      }
      runs.closeCleanly(i + 1);
      assertTrue(directory.list("last_state").size() <= RunTiers.MAX_SETTLED);
    }
    KeyRuns runs = open();
    assertEquals(expected, found(runs));
    runs.close();
  }

  @Test
  void maintenanceMovesManyKeysToAFile() throws IOException {
    KeyRuns runs = open();
    put(runs, 0, 240_000);
    assertFalse(runs.wantsMaintenance());
    runs.maintain(10);
    assertEquals(0, runs.fileBytes());
    put(runs, 240_000, 280_000);
    assertTrue(runs.wantsMaintenance());
    runs.maintain(20);
    assertFalse(runs.wantsMaintenance());
    assertEquals(20, runs.coversTo());
    assertTrue(runs.memoryBytes() < 1 << 20);
    assertEquals(280_000, found(runs).size());
    List<SampleKey> late = put(runs, 280_000, 280_100);
    runs.close();
    assertEquals(0, directory.openFiles());

    directory = directory.crash();
    KeyRuns again = open();
    assertEquals(20, again.coversTo());
    assertEquals(280_000, found(again).size());
    assertFalse(found(again).contains(late.getFirst()));
    again.close();
  }

  @Test
  void keysSettledWhileTheWatermarkStandsStillAreKept() throws IOException {
    KeyRuns runs = open();
    List<SampleKey> expected = put(runs, 0, 280_000);
    runs.maintain(0);
    expected.addAll(put(runs, 280_000, 560_000));
    runs.maintain(0);
    assertEquals(0, runs.coversTo());
    expected.addAll(put(runs, 560_000, 560_010));
    runs.closeCleanly(50);
    assertEquals(3, directory.list("last_state").size());

    byte[] second = directory.bytes(SECOND).clone();
    directory.bytes(SECOND)[0] ^= 1;
    KeyRuns broken = KeyRuns.open(directory, false, 1, keys);
    assertEquals(0, broken.coversTo());
    broken.close();
    directory.put(SECOND, second);
    KeyRuns again = open();
    assertEquals(50, again.coversTo());
    assertEquals(expected, found(again));
    again.close();
  }

  @Test
  void aFailureLosesNoKeyAndIsTriedAgain() throws IOException {
    KeyRuns runs = open();
    List<SampleKey> expected = put(runs, 0, 280_000);
    directory.failAt(2);
    assertThrows(IOException.class, () -> runs.maintain(10));
    assertEquals(expected, found(runs));
    assertEquals(0, runs.coversTo());
    assertTrue(runs.wantsMaintenance());
    directory.failAt(Integer.MAX_VALUE);
    runs.maintain(11);
    assertEquals(11, runs.coversTo());
    assertEquals(expected, found(runs));
    runs.close();
    assertEquals(0, directory.openFiles());
    assertEquals(0, runs.memoryBytes());
  }

  @Test
  void aCrashAtAnyChangeKeepsWhatIsCovered() throws IOException {
    int changes = crashAfterChanges(Integer.MAX_VALUE);
    assertTrue(changes > 20, "only " + changes + " changes");
    for (int change = 1; change <= changes; change++) {
      crashAfterChanges(change);
    }
  }

  /**
   * Closes with new keys again and again, until a change fails; then the power does. Returns the
   * changes made.
   */
  private int crashAfterChanges(int failing) throws IOException {
    directory = new SampleDirectory();
    directory.failAt(failing);
    int sessions = 0;
    List<List<SampleKey>> added = new ArrayList<>();
    try {
      for (; sessions < 9; sessions++) {
        keys.live.clear();
        KeyRuns runs = open();
        added.add(put(runs, sessions * 40, sessions * 40 + 40));
        runs.closeCleanly(sessions + 1);
      }
    } catch (IOException e) {
      assertEquals(0, directory.openFiles());
    }
    int changes = directory.changes();
    directory = directory.crash();
    KeyRuns runs = open();
    // The session that failed is covered or not; all before it are.
    assertTrue(runs.coversTo() == sessions || runs.coversTo() == sessions + 1);
    List<SampleKey> expected = new ArrayList<>();
    added.subList(0, (int) runs.coversTo()).forEach(expected::addAll);
    assertEquals(expected, found(runs), "change " + failing);
    assertTrue(runs.verify());
    runs.close();
    return changes;
  }

  @Test
  void aDamagedHeaderDiscardsTheFileAndThoseThatBuildOnIt() throws IOException {
    for (int at = 0; at < KeyRunLayout.HEADER_BYTES; at++) {
      directory = new SampleDirectory();
      twoFiles();
      directory.bytes(FIRST)[at] ^= 0x10;
      KeyRuns runs = open();
      assertEquals(0, runs.coversTo());
      assertEquals(List.of(FIRST, SECOND), runs.discarded());
      assertEquals(List.of(), directory.list("last_state"));
      assertEquals(List.of(), found(runs));
      runs.close();
    }
  }

  @Test
  void filesOfAnotherStoreAreNotUsed() throws IOException {
    twoFiles();
    KeyRuns untouched = KeyRuns.open(directory, false, 2, keys);
    assertEquals(0, untouched.coversTo());
    assertEquals(List.of(FIRST, SECOND), untouched.discarded());
    assertEquals(List.of(), found(untouched));
    untouched.close();
    assertEquals(List.of(FIRST, SECOND), directory.list("last_state"));
    KeyRuns.open(directory, true, 2, keys).close();
    assertEquals(List.of(), directory.list("last_state"));
  }

  @Test
  void aFileThatWasCutIsDiscarded() throws IOException {
    for (int cut : new int[] {0, 1, 71, 72, 73, 200}) {
      directory = new SampleDirectory();
      twoFiles();
      directory.put(SECOND, Arrays.copyOf(directory.bytes(SECOND), cut));
      KeyRuns runs = open();
      assertEquals(10, runs.coversTo());
      assertEquals(List.of(SECOND), runs.discarded());
      assertEquals(100, found(runs).size());
      runs.close();
    }
  }

  private void twoFiles() throws IOException {
    keys.live.clear();
    KeyRuns runs = open();
    put(runs, 0, 100);
    runs.closeCleanly(10);
    runs = open();
    put(runs, 100, 200);
    runs.closeCleanly(20);
    assertEquals(2, directory.list("last_state").size());
  }

  @Test
  void noDamagedByteChangesAPageSilently() throws IOException {
    KeyRuns first = open();
    List<SampleKey> expected = put(first, 0, 150);
    first.closeCleanly(10);
    byte[] intact = directory.bytes(FIRST).clone();
    for (int at = KeyRunLayout.HEADER_BYTES; at < intact.length; at++) {
      byte[] damaged = intact.clone();
      damaged[at] ^= (byte) (1 << at % 8);
      directory.put(FIRST, damaged);
      KeyRuns runs = open();
      for (int target = 0; target < 150; target += 7) {
        byte[] key = expected.get(target).bytes();
        checkPage(runs, expected.subList(target, 150), () -> page(runs, key, null, false));
        checkPage(
            runs, expected.subList(0, target + 1).reversed(), () -> page(runs, null, key, true));
      }
      assertFalse(runs.verify(), "byte " + at);
      assertTrue(runs.isDamaged());
      runs.close();
    }
  }

  private static List<byte[]> page(
      KeyRuns runs, byte @Nullable [] low, byte @Nullable [] high, boolean reversed) {
    return runs.page(1, low, true, high, true, reversed, 40);
  }

  private static void checkPage(
      KeyRuns runs, List<SampleKey> expected, Supplier<List<byte[]>> page) {
    List<SampleKey> found = new ArrayList<>();
    try {
      for (byte[] key : page.get()) {
        found.add(SampleKey.of(1, key));
      }
    } catch (KvException.Corrupted e) {
      assertTrue(runs.isDamaged());
      assertTrue(e.file().endsWith("/" + FIRST), e::file);
      return;
    }
    assertEquals(expected.subList(0, Math.min(40, expected.size())), found);
  }

  @Test
  void aDamagedRunIsForgottenWhenItsKeysWereAddedAgain() throws IOException {
    twoFiles();
    directory.bytes(FIRST)[200] ^= 1;
    KeyRuns runs = open();
    assertEquals(20, runs.coversTo());
    assertThrows(KvException.Corrupted.class, () -> found(runs));
    assertTrue(runs.isDamaged());
    keys.live.clear();
    List<SampleKey> expected = put(runs, 0, 200);
    runs.forgetDamaged();
    assertEquals(expected, found(runs));
    assertFalse(runs.isDamaged());
    assertEquals(0, runs.coversTo());
    assertEquals(List.of(SECOND), directory.list("last_state"));
    runs.closeCleanly(30);
    KeyRuns again = open();
    assertEquals(30, again.coversTo());
    assertEquals(expected, found(again));
    again.close();
  }

  @Test
  void damageThatIsKnownAtCloseLeadsToARebuild() throws IOException {
    twoFiles();
    directory.bytes(FIRST)[200] ^= 1;
    KeyRuns runs = open();
    assertFalse(runs.verify());
    runs.closeCleanly(30);
    assertEquals(0, directory.openFiles());
    assertEquals(0, open().coversTo());
  }

  @Test
  void aReadOnlyOpenChangesNothing() throws IOException {
    twoFiles();
    directory.bytes(SECOND)[3] ^= 1;
    int changes = directory.changes();
    KeyRuns runs = KeyRuns.open(directory, false, 1, keys);
    assertEquals(10, runs.coversTo());
    put(runs, 1000, 281_000);
    runs.maintain(90);
    assertFalse(runs.wantsMaintenance());
    assertEquals(280_100, found(runs).size());
    runs.closeCleanly(100);
    assertEquals(changes, directory.changes());
    assertEquals(0, directory.openFiles());
  }
}
