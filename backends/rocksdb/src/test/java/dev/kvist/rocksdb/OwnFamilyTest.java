package dev.kvist.rocksdb;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.RocksDBException;

/** A column family that RocksDB made without giving its handle: a full volume can do that. */
final class OwnFamilyTest {
  @TempDir private Path folder;

  private ConnectionOptions options() {
    return Places.at(folder).with("single_bucket_mode", "false");
  }

  /** Makes a bucket, of which so many families were lost before. */
  private void makeBehindLostOnes(int lost) throws IOException, RocksDBException {
    Store store = Places.open(options());
    try (Connection connection = new RocksConnection(store)) {
      for (int i = 0; i < lost; i++) {
        String name = i == 0 ? "b:c" : "b:c~" + i;
        store.database.rocks.createColumnFamily(new ColumnFamilyDescriptor(utf8(name))).close();
      }
      connection.store("c").writer().put(utf8("k"), utf8("v"));
      check(connection, "v");
    }
  }

  private static void check(Connection connection, String value) {
    assertEquals(
        value, utf8(Objects.requireNonNull(connection.store("c").reader().get(utf8("k")))));
    var names = new ArrayList<String>();
    connection.buckets().forEachRemaining(names::add);
    assertEquals(List.of("c"), names);
  }

  @Test
  void itsBucketGetsAnotherOne() throws Exception {
    makeBehindLostOnes(2);
    try (Connection connection = Kvist.open(options())) {
      check(connection, "v");
      assertTrue(connection.drop("c"));
    }
    for (int i = 0; i < 2; i++) {
      try (Connection connection = Kvist.open(options())) {
        assertNull(connection.store("c").reader().get(utf8("k")));
        connection.store("c").writer().put(utf8("k"), utf8("v" + i));
        check(connection, "v" + i);
      }
      try (Connection connection = Kvist.open(options())) {
        check(connection, "v" + i);
        assertEquals(List.of(), connection.maintenance().verify().damages());
        connection.drop("c");
      }
    }
  }

  @Test
  void repairFindsWhatIsInTheOther() throws Exception {
    makeBehindLostOnes(1);
    Files.delete(folder.resolve("CURRENT"));
    Repair repair = new RocksBackend().repair(options());
    assertEquals(List.of(), repair.suspects(), repair::toString);
    try (Connection connection = Kvist.open(options())) {
      check(connection, "v");
    }
  }
}
