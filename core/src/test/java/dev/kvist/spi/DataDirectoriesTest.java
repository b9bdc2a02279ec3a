package dev.kvist.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvist.KvException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataDirectoriesTest {
  @TempDir private Path directory;
  private int opens;

  /** Opens what looks damaged so many times. */
  private String open(int damagedTimes, boolean moves) {
    return DataDirectories.openBesideOwner(
        directory,
        () -> {
          if (++opens <= damagedTimes) {
            throw new KvException.Corrupted(
                directory.toString(), moves ? opens : 7, "for the test");
          }
          return "open";
        });
  }

  @Test
  void whatLooksDamagedBesideAnOwnerIsTriedAgain() throws IOException {
    try (OwnerLock _ = OwnerLock.acquire(directory)) {
      assertEquals("open", open(3, false));
      assertEquals(4, opens);
    }
  }

  @Test
  void anOwnerThatIsFasterThanAReaderIsNoDamage() throws IOException {
    try (OwnerLock _ = OwnerLock.acquire(directory)) {
      assertEquals("open", open(50, true));
      assertEquals(51, opens);
    }
  }

  @Test
  void damageIsThrownSoonWhereNobodyWrites() throws IOException {
    OwnerLock.acquire(directory).close();
    assertThrows(KvException.Corrupted.class, () -> open(2, true));
    assertEquals(2, opens);
  }

  @Test
  void damageIsThrownBesideAnOwnerToo() throws IOException {
    try (OwnerLock _ = OwnerLock.acquire(directory)) {
      assertThrows(KvException.Corrupted.class, () -> open(Integer.MAX_VALUE, false));
      assertEquals(10, opens);
    }
  }
}
