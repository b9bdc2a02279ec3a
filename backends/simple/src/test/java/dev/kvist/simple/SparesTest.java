package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.spi.LogFile;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SparesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int SEGMENT_BYTES = 64 << 10;

  @TempDir private Path temporary;
  private DiskDirectory directory;
  private final List<LogFile> taken = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    directory = DiskDirectory.open(temporary.resolve("data"), false);
  }

  @AfterEach
  void close() throws IOException {
    for (LogFile file : taken) {
      file.close();
    }
    directory.close();
  }

  @Test
  void moreAreReadyWhileTheyAreTakenFastAndOneWhenNobodyTakesAny() throws Exception {
    try (Spares spares = spares(List.of(), 1)) {
      taken.add(spares.take(SpareUse.PUT, SEGMENT_BYTES));
      taken.add(spares.take(SpareUse.PUT, SEGMENT_BYTES));
      Waiting.until(PATIENCE, "files made ahead", () -> spares.bytes() == 3 * SEGMENT_BYTES);
      Waiting.until(
          PATIENCE,
          "files given up",
          () -> {
            spares.trim();
            return spares.bytes() == SEGMENT_BYTES;
          });
      assertEquals(3, directory.list(Log.WAL_FOLDER).size());
      LogFile next = spares.take(SpareUse.PUT, SEGMENT_BYTES);
      taken.add(next);
      assertTrue(Spares.id(next.name()) > Spares.id(taken.get(1).name()));
    }
    assertEquals(3, directory.list(Log.WAL_FOLDER).size());
  }

  @Test
  void thoseOfAnEarlierOwnerAreUsedFirst() throws Exception {
    var found = new ArrayList<LogFile>();
    for (long id : new long[] {7, 9}) {
      found.add(directory.create(Spares.name(Log.WAL_FOLDER, id), SEGMENT_BYTES));
    }
    try (Spares spares = spares(found, 5)) {
      for (long id : new long[] {7, 9, 10}) {
        taken.add(spares.take(SpareUse.PUT, SEGMENT_BYTES));
        assertEquals(id, Spares.id(taken.getLast().name()));
      }
    }
  }

  /** To free some space would not help. */
  @Test
  void aUserWhoMayMakeNoFileIsNotToldThatTheVolumeIsFull() throws IOException {
    directory.close();
    directory = DiskDirectory.openReadOnly(temporary.resolve("data"));
    try (Spares spares = spares(List.of(), 1)) {
      for (SpareUse use : List.of(SpareUse.PUT, SpareUse.DELETE)) {
        var refused =
            assertThrows(
                KvException.NotPermitted.class, () -> spares.take(use, ShorterSegment.LEAST_BYTES));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains(Spares.name(Log.WAL_FOLDER, 1).substring(0, 8)), message);
      }
    }
  }

  @Test
  void aNameIsAnIdOrNone() {
    assertEquals(12, Spares.id(Spares.name(Log.WAL_FOLDER, 12)));
    assertEquals(999_999_999_999L, Spares.id("999999999999.log"));
    for (String other :
        List.of(
            "wal/00000000001.log",
            "wal/0000000000012.log",
            "wal/00000000000x.log",
            "wal/",
            "wal/000000000012.lox",
            "wal/-00000000012.log",
            "")) {
      assertEquals(-1, Spares.id(other), other);
    }
  }

  private Spares spares(List<LogFile> found, long nextId) {
    return new Spares(directory, SEGMENT_BYTES, found, nextId, id -> true, bytes -> null, false);
  }
}
