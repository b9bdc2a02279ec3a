package dev.kvist.rocksdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Kvist;
import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damages the log of a closed store, and repairs it. */
final class RepairLogTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBitInTheLog(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    Path log = sample.largest(".log");
    RepairSample.flipAt(log, "round 3 of 305");
    Repair repair = sample.repaired(Places.name(log) + ", bytes ");
    assertTrue(
        repair
            .damages()
            .getFirst()
            .endsWith(": 1 change cannot be read; of which keys is not known"),
        repair::toString);
    // What follows in the same block is there.
    assertEquals(Set.of("a/key0305"), sample.check(repair));
    assertTrue(repair.suspects().contains("a/key0305"), repair::toString);
    assertTrue(repair.suspects().contains("a/key0001"), repair::toString);
    assertFalse(repair.suspects().contains("b/key0505"), "it was written after that");
    sample.checkSound();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theLogIsMissing(boolean single) throws IOException {
    RepairSample sample = RepairSample.inTables(folder, single);
    for (Path log : Places.files(folder, ".log")) {
      Files.delete(log);
    }
    Repair repair = sample.repaired("the log's");
    Set<String> lost = sample.check(repair);
    assertTrue(Set.copyOf(repair.suspects()).containsAll(lost), () -> lost + " of " + repair);
    assertFalse(lost.isEmpty());
    sample.checkSound();
  }

  /** Only a watch would read it. */
  @Test
  void aBitInTheArchiveCostsNoRecord() throws IOException {
    RepairSample sample = RepairSample.inLog(folder, true);
    Path log = Places.files(folder.resolve(Retention.ARCHIVE), ".log").getFirst();
    RepairSample.flipAt(log, "round 1 of 301");
    sample.losesNothing("archive/" + Places.name(log) + ", bytes ");
  }

  @Test
  void anOpenTakesAwayWhatAKilledRepairLeft() throws IOException {
    RepairSample sample = RepairSample.inTables(folder, true);
    Path left = Files.createDirectories(folder.resolve("repaired/copy"));
    Files.writeString(left.resolve("000001.sst"), "of a copy");
    Kvist.open(sample.options.with("read_only", "true")).close();
    assertTrue(Files.exists(left));
    Kvist.open(sample.options).close();
    assertFalse(Files.exists(folder.resolve("repaired")));
  }
}
