package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.bucket.Filter;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The exact filter over a backend. */
public interface FilterContract extends BackendUnderTest {
  private static boolean absent(Place place, Filter filter) {
    return place.lacks(Capability.CAS, () -> filter.checkThenAdd(place.bucket(""), utf8("k")));
  }

  @Test
  default void theExactFilterIsASet(Place place) {
    Filter filter = Filter.of(place.connection());
    boolean atomic = place.has(Capability.CAS);
    Seeded.rounds(
        place.rounds(20),
        random -> {
          Set<String> model = new HashSet<>();
          String prefix = "" + random.nextLong();
          for (int i = 0; i < 40; i++) {
            String bucket = place.bucket("b" + random.nextInt(2));
            String item = prefix + random.nextInt(5);
            String pair = bucket + "/" + item;
            switch (random.nextInt(atomic ? 3 : 2)) {
              case 0 -> {
                filter.add(bucket, utf8(item));
                model.add(pair);
              }
              case 1 -> {
                filter.delete(bucket, utf8(item));
                model.remove(pair);
              }
              default -> assertEquals(!model.add(pair), filter.checkThenAdd(bucket, utf8(item)));
            }
            assertEquals(model.contains(pair), filter.exists(bucket, utf8(item)), pair);
          }
        });
  }

  @Test
  default void theExactFilterTouchesNoValue(Place place) {
    Filter filter = Filter.of(place.connection());
    byte[] key = utf8("k");
    filter.add(place.bucket(""), key);
    assertNull(place.reader().get(key));
    assertFalse(filter.exists(place.bucket("other"), key));
    place.writer().put(key, utf8("v"));
    filter.delete(place.bucket(""), key);
    assertTrue(place.reader().exists(key));
    assertFalse(filter.exists(place.bucket(""), key));
  }

  @Test
  default void callsOnAnItemOfTheExactFilterAreLinearizable(Place place) {
    Filter filter = Filter.of(place.connection());
    if (!absent(place, filter)) {
      FilterCalls.areLinearizable(place, filter, true);
    }
  }

  @Test
  default void ofManyCallersOneAddsToTheExactFilter(Place place) {
    Filter filter = Filter.of(place.connection());
    if (!absent(place, filter)) {
      FilterCalls.addOnce(place, filter);
    }
  }

  @Test
  default void theExactFilterIsThereAgain(Place place) {
    Filter filter = Filter.of(place.connection());
    String bucket = place.bucket("");
    var random = new Random(1);
    for (int i = 0; i < 50; i++) {
      filter.add(bucket, utf8("item " + i));
      if (i % 5 == 0) {
        filter.delete(bucket, utf8("item " + random.nextInt(i + 1)));
      }
    }
    Set<Integer> there = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      if (filter.exists(bucket, utf8("item " + i))) {
        there.add(i);
      }
    }
    if (persistent()) {
      Filter later = Filter.of(place.reopen());
      for (int i = 0; i < 50; i++) {
        assertEquals(there.contains(i), later.exists(bucket, utf8("item " + i)), "item " + i);
      }
    }
  }
}
