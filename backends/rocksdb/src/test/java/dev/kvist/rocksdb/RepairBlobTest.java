package dev.kvist.rocksdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damages the files of large values of a closed store, and repairs it. */
final class RepairBlobTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBitInALargeValueCostsThatOne(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Path blob = sample.largest(".blob");
    RepairSample.flipAt(blob, "round 1 of 300");
    Repair repair = sample.repair();
    assertEquals(1, repair.suspects().size(), repair::toString);
    assertTrue(repair.suspects().getFirst().endsWith("/big300"), repair::toString);
    assertEquals(Set.copyOf(repair.suspects()), sample.check(repair));
    RepairSample.says(repair, Places.name(blob) + ", bytes ");
    sample.checkSound();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "lz4", "zstd"})
  void bitsInLargeValuesCostThose(String compression) throws IOException {
    RepairSample sample = RepairSample.make(folder, true, "0", compression);
    Path blob = sample.largest(".blob");
    RepairSample.flipAt(blob, "big300");
    Places.flip(blob, Files.size(blob) / 2);
    Repair repair = sample.repair();
    Set<String> lost = sample.check(repair);
    assertEquals(Set.copyOf(repair.suspects()), lost);
    assertTrue(!lost.isEmpty() && lost.size() <= 2, lost::toString);
    sample.checkSound();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theEndsOfAFileOfLargeValuesAreDamaged(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Path blob = sample.largest(".blob");
    Places.flip(blob, 9);
    Places.flip(blob, Files.size(blob) - 2);
    sample.losesNothing(Places.name(blob));
  }

  @Test
  void aFileOfLargeValuesIsCut() throws IOException {
    RepairSample sample = RepairSample.inTables(folder, true);
    Path blob = sample.largest(".blob");
    try (var file = new RandomAccessFile(blob.toFile(), "rw")) {
      file.setLength(Files.size(blob) / 2);
    }
    Repair repair = sample.repair();
    Set<String> lost = sample.check(repair);
    assertEquals(Set.copyOf(repair.suspects()), lost);
    assertTrue(lost.size() > 20 && lost.size() < 40, lost::toString);
    sample.checkSound();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "lz4", "zstd"})
  void aFileOfLargeValuesIsMissing(String compression) throws IOException {
    RepairSample sample = RepairSample.make(folder, true, "0", compression);
    for (Path blob : Places.files(folder, ".blob")) {
      Files.delete(blob);
    }
    Repair repair = sample.repair();
    assertEquals(2 * RepairSample.KEYS / 20, repair.suspects().size(), repair::toString);
    assertEquals(Set.copyOf(repair.suspects()), sample.check(repair));
    sample.checkSound();
  }

  @Test
  void theLogHasALargeValueThatIsDamaged() throws IOException {
    RepairSample sample = RepairSample.inLog(folder, true);
    RepairSample.flipAt(sample.largest(".blob"), "round 1 of 300");
    Repair repair = sample.repair();
    assertEquals(List.of(), repair.suspects());
    assertEquals(Set.of(), sample.check(repair));
  }
}
