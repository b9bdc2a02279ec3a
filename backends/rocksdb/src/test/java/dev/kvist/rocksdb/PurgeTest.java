package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** K6: what was purged is on the disk no more after a compaction, in tables, blobs and logs. */
final class PurgeTest {
  private static final String SECRET = "a value that nobody may find again";

  @TempDir private Path folder;

  private boolean found() throws IOException {
    return Places.content(folder).values().stream().anyMatch(text -> text.contains(SECRET));
  }

  private void purgeLeavesNothing(ConnectionOptions options) throws IOException {
    try (Connection connection = Kvist.open(options)) {
      var store = connection.store("b");
      store.writer().put(utf8("k"), utf8(SECRET.repeat(10)));
      connection.maintenance().compact();
      assertTrue(found(), "it is there to be found");
      store.purger().purge(utf8("k"));
      connection.maintenance().compact();
      assertFalse(found());
    }
  }

  @Test
  void inTables() throws IOException {
    purgeLeavesNothing(Places.at(folder));
  }

  @Test
  void inBlobs() throws IOException {
    purgeLeavesNothing(Places.at(folder).with("value_threshold", "50"));
  }
}
