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
  private String open(int damagedTimes) {
    return DataDirectories.openBesideOwner(
        directory,
        () -> {
          if (++opens <= damagedTimes) {
            throw new KvException.Corrupted(directory.toString(), opens, "for the test");
          }
          return "open";
        });
  }

  @Test
  void whatLooksDamagedBesideAnOwnerIsTriedAgain() throws IOException {
    try (OwnerLock _ = OwnerLock.acquire(directory)) {
      assertEquals("open", open(3));
      assertEquals(4, opens);
    }
  }

  @Test
  void damageIsThrownSoonWhereNobodyWrites() throws IOException {
    OwnerLock.acquire(directory).close();
    assertThrows(KvException.Corrupted.class, () -> open(2));
    assertEquals(2, opens);
  }

  @Test
  void damageIsThrownBesideAnOwnerToo() throws IOException {
    try (OwnerLock _ = OwnerLock.acquire(directory)) {
      var thrown = assertThrows(KvException.Corrupted.class, () -> open(Integer.MAX_VALUE));
      assertEquals(opens, thrown.offset());
    }
  }
}
