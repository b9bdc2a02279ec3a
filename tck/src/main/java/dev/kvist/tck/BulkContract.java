package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.BulkWriter;
import dev.kvist.Capability;
import dev.kvist.KvException;
import dev.kvist.PutOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Many changes by a {@link BulkWriter}. */
public interface BulkContract extends BackendUnderTest {
  private static BulkWriter<Integer> bulk(Place place, Map<Integer, RuntimeException> refused) {
    return new BulkWriter<>(place.store(), place.capabilities(), refused::put);
  }

  @Test
  default void theLastOfManyChangesOfAKeyWins(Place place) {
    Seeded.rounds(
        1,
        random -> {
          var model = new HashMap<Bytes, Bytes>();
          var refused = new HashMap<Integer, RuntimeException>();
          int changes = 5_000;
          int keys = 2_000;
          try (var bulk = bulk(place, refused)) {
            for (int i = 0; i < changes; i++) {
              // A few keys often, so that changes of a key meet.
              int number = random.nextInt(random.nextInt(10) == 0 ? 5 : keys);
              byte[] key = utf8("key." + number);
              int kind = random.nextInt(8);
              if (kind == 0 && place.has(Capability.PURGE)) {
                bulk.purge(i, key);
                model.remove(Bytes.of(key));
              } else if (kind == 1) {
                bulk.delete(i, key);
                model.remove(Bytes.of(key));
              } else {
                byte[] value = utf8("value " + i);
                bulk.put(i, key, value, PutOptions.DEFAULT);
                model.put(Bytes.of(key), Bytes.of(value));
              }
            }
            bulk.flush();
            assertEquals(changes, bulk.stored());
          }
          assertEquals(Map.of(), refused);
          for (int i = 0; i < keys; i++) {
            byte[] key = utf8("key." + i);
            byte @Nullable [] value = place.store().reader().get(key);
            assertEquals(
                model.get(Bytes.of(key)), value == null ? null : Bytes.of(value), "key." + i);
          }
        });
  }

  @Test
  default void whatABulkWriterCannotStoreIsNamedAndTheRestStored(Place place) {
    byte[] tooLong = new byte[place.capabilities().maxKeySize() + 1];
    var refused = new HashMap<Integer, RuntimeException>();
    try (var bulk = bulk(place, refused)) {
      for (int i = 0; i < 1_000; i++) {
        byte[] key = i == 321 ? tooLong : utf8("key." + i);
        bulk.put(i, key, utf8("v"), PutOptions.DEFAULT);
      }
      assertThrows(
          IllegalArgumentException.class,
          () -> bulk.put(1_000, new byte[0], utf8("v"), PutOptions.DEFAULT));
      bulk.flush();
      assertEquals(999, bulk.stored());
    }
    assertEquals(List.of(321), List.copyOf(refused.keySet()));
    assertInstanceOf(IllegalArgumentException.class, refused.get(321));
    for (int i : new int[] {0, 320, 322, 999}) {
      assertTrue(place.store().reader().exists(utf8("key." + i)), "key." + i);
    }
  }

  /** It says so soon. */
  @Test
  default void aBulkWriterTellsAFailure(Place place) {
    place.store().writer().put(utf8("k"), utf8("v"));
    try (var bulk = bulk(place, new HashMap<>())) {
      bulk.put(0, utf8("first"), utf8("v"), PutOptions.DEFAULT);
      bulk.flush();
      place.connection().close();
      assertThrows(
          KvException.Closed.class,
          () -> {
            for (int i = 1; i < 100_000; i++) {
              bulk.put(i, utf8("key." + i), utf8("v"), PutOptions.DEFAULT);
            }
          });
      assertEquals(1, bulk.stored());
    }
  }
}
