package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.spi.Backend.Repair;
import dev.kvist.spi.LogRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Repairs of directories with files that are not, or not there, of the store. */
final class RepairForeignTest extends RepairFixture {
  @TempDir Path elsewhere;

  /** Its name must not decide which numbers new segments get: there may be none above it. */
  @Test
  void aCopyUnderTheHighestNameIsPutAside() throws IOException {
    LogRecord record = record("key9");
    String stray = "wal/999999999999.log";
    Files.copy(directory.resolve(record.file()), directory.resolve(stray));
    assertThrows(KvException.Corrupted.class, () -> Kvist.open(options()));
    assertTrue(log().stream().anyMatch(each -> each.file().equals(stray) && !each.intact()));
    Repair repair = repaired(List.of());
    saysDamaged(stray, repair);
    assertTrue(Files.exists(Path.of(repair.keptCopy()).resolve("wal-999999999999.log")));
  }

  /** It would be found at the place of another. */
  @Test
  void aCopyWhoseNumberMeetsAnotherIsPutAside() throws IOException {
    LogRecord record = record("key9");
    String name = record.file().substring(4, 16);
    String stray = "wal/%012d.log".formatted(Long.parseLong(name) + Segment.SLOTS);
    Files.copy(directory.resolve(record.file()), directory.resolve(stray));
    saysDamaged(stray, repaired(List.of()));
  }

  @Test
  void sparesUnderHighNamesAreNotUsed() throws IOException {
    var random = new Random(7);
    for (String name : List.of("999999999999", "034359738367", "000000020000")) {
      Files.write(directory.resolve("wal/" + name + ".log"), new byte[16 << 10]);
      try (Connection connection = Kvist.open(options())) {
        var writer = connection.store("demo").writer();
        for (int i = 0; i < 5; i++) {
          byte[] noise = new byte[10_000];
          random.nextBytes(noise);
          writer.put(Kvist.utf8("new" + i), noise);
        }
      }
      assertFalse(Files.exists(directory.resolve("wal/" + name + ".log")), name);
    }
    repaired(List.of());
  }

  /** A repair that goes on would fail at it, each time. */
  @Test
  void whatHasTheNameOfASegmentAndIsNoFileIsNamed() throws IOException {
    Path segment = directory.resolve(record("key9").file());
    Path away = Files.move(segment, elsewhere.resolve("away"));
    Files.createDirectory(segment);
    isNamed(segment);
    Files.delete(segment);
    Files.createSymbolicLink(segment, Path.of("nowhere"));
    isNamed(segment);
    Files.delete(segment);
    Files.move(away, segment);
    repaired(List.of());
  }

  private void isNamed(Path segment) {
    var refused = assertThrows(KvException.IoFailed.class, () -> backend.repair(options()));
    assertTrue(
        String.valueOf(refused.getMessage()).contains(segment + " has"), refused::getMessage);
    assertTrue(Files.notExists(directory.resolve("repaired")));
  }

  @Test
  void whatIsNotKvistsIsRefused() throws IOException {
    Path foreign = directory.resolve("foreign");
    Files.createDirectories(foreign.resolve("wal"));
    Files.write(foreign.resolve("wal/000000000001.log"), new byte[] {1, 2, 3});
    var options = ConnectionOptions.of("simple", foreign.toString());
    assertThrows(KvException.Unsupported.class, () -> backend.repair(options));
    assertEquals(3, Files.size(foreign.resolve("wal/000000000001.log")));
    var nothing = ConnectionOptions.of("simple", directory.resolve("nothing").toString());
    assertThrows(IllegalArgumentException.class, () -> backend.repair(nothing));
    assertFalse(Files.exists(directory.resolve("nothing")));
    var memory = ConnectionOptions.of("memory", "");
    assertThrows(KvException.Unsupported.class, () -> new MemoryBackend().repair(memory));
    assertThrows(KvException.Unsupported.class, () -> new MemoryBackend().readLog(memory, _ -> {}));
  }

  @Test
  void aStoreInUseIsRefused() {
    try (var _ = Kvist.open(options())) {
      assertThrows(KvException.AlreadyOwned.class, () -> backend.repair(options()));
    }
  }
}
