package dev.kvist.rocksdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A repair that is killed leaves the damaged store as it was, or one that is finished by anybody.
 */
final class RepairKillTest {
  @TempDir private Path folder;

  private final Random random = new Random();

  private RepairSample damaged(Path place, boolean single) throws IOException {
    RepairSample sample = RepairSample.make(place, single, "0");
    RepairSample.flipAt(sample.largest(".sst"), "round 1 of 301");
    RepairSample.flipAt(sample.largest(".blob"), "round 1 of 300");
    Files.delete(place.resolve("CURRENT"));
    return sample;
  }

  /** All files of the damaged store, wherever they are now. */
  private static Map<String, String> old(Path place) throws IOException {
    Map<String, String> content = new TreeMap<>();
    Places.content(place)
        .forEach((name, text) -> {
          if (name.startsWith("damaged-1/") && !name.endsWith("/report")) {
            content.put(name.substring("damaged-1/".length()), text);
          }
        });
    return content;
  }

  /** 6 rounds, 60 with {@code KVIST_DEEP=1}, of several kills each. */
  @Test
  void aRepairIsKilledAtAnyMoment() throws Exception {
    int rounds = "1".equals(System.getenv("KVIST_DEEP")) ? 60 : 6;
    for (int round = 0; round < rounds; round++) {
      Path place = folder.resolve("round" + round);
      RepairSample sample = damaged(place, round % 2 == 0);
      Map<String, String> before = Places.content(place);
      before.keySet().removeAll(Set.of("owner", DataDirectory.MARK));
      boolean isThere = true;
      for (int kills = random.nextInt(4); kills >= 0 && isThere; kills--) {
        kill(RepairChild.start(sample.uri(), !isDecided(place) || random.nextBoolean()));
        isThere = !Files.exists(place.resolve("CURRENT"));
        if (isThere && !isDecided(place)) {
          assertThrows(KvException.Corrupted.class, () -> Kvist.open(sample.options).close());
          Map<String, String> now = Places.content(place);
          now.keySet().retainAll(before.keySet());
          assertEquals(before, now, "nothing of the damaged store was touched");
        }
      }
      Repair repair =
          Files.exists(place.resolve("damaged-1/report"))
              ? RepairReport.read(place.resolve("damaged-1"))
              : sample.repair();
      Set<String> lost = sample.check(repair);
      assertFalse(lost.isEmpty());
      Map<String, String> kept = old(place);
      kept.remove(DataDirectory.MARK);
      assertEquals(before.keySet(), kept.keySet());
      assertEquals(before, kept);
    }
  }

  private static boolean isDecided(Path place) throws IOException {
    return RepairedFiles.isUnfinished(place);
  }

  private void kill(Process child) throws InterruptedException {
    LockSupport.parkNanos(random.nextLong(400_000_000));
    ProcessHandle.of(child.pid()).ifPresent(ProcessHandle::destroyForcibly);
    assertTrue(child.waitFor(60, TimeUnit.SECONDS));
  }

  /** Each state between the decision and its end, made by taking the last steps back. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatWasDecidedIsFinishedByAnyOpen(boolean single) throws IOException {
    Path whole = folder.resolve("whole");
    RepairSample sample = damaged(whole, single);
    Repair repair = sample.repair();
    List<Path> old = files(whole.resolve("damaged-1"));
    List<Path> made = files(whole);
    for (int step = 0; step <= old.size() + made.size(); step++) {
      Path place = folder.resolve("step" + step);
      copy(whole, place);
      Path store = Files.createDirectories(place.resolve("repaired/store"));
      Files.move(place.resolve("damaged-1/report"), place.resolve("repaired/report"));
      boolean isOld = step <= old.size();
      for (Path file : isOld ? made : made.subList(step - old.size(), made.size())) {
        Files.move(place.resolve(file), store.resolve(file));
      }
      for (Path file : isOld ? old.subList(step, old.size()) : List.<Path>of()) {
        Files.move(place.resolve("damaged-1").resolve(file), place.resolve(file));
      }
      Files.createFile(place.resolve(isOld ? "repaired/old-damaged-1" : "repaired/new-damaged-1"));
      finish(sample.at(place), repair, step);
    }
  }

  private void finish(RepairSample sample, Repair repair, int step) throws IOException {
    assertThrows(
        KvException.IoFailed.class,
        () -> Kvist.open(sample.options.with("read_only", "true")).close());
    if (step % 2 == 0) {
      assertEquals(repair.damages(), sample.repair().damages());
    }
    assertFalse(sample.check(repair).isEmpty());
    assertTrue(Files.isRegularFile(sample.directory.resolve("damaged-1/report")));
    sample.checkSound();
  }

  /** Those that a repair moves, by their names in a folder. */
  private static List<Path> files(Path folder) throws IOException {
    var files = new ArrayList<Path>();
    Set<String> stay =
        Set.of("report", "owner", "damaged-1", DataDirectory.MARK, Retention.ARCHIVE);
    for (Path path : DataDirectory.list(folder)) {
      Path name = folder.relativize(path);
      if (!stay.contains(name.toString())) {
        files.add(name);
      }
    }
    return files;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target);
        }
      }
    }
  }
}
