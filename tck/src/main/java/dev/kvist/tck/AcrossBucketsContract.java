package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvist.Capability;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.Version;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.WriteBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** K4: batches over several buckets. */
public interface AcrossBucketsContract extends BackendUnderTest {
  private static boolean absent(Place place) {
    return place.lacks(Capability.BATCH_ACROSS_BUCKETS, () -> place.connection().batch());
  }

  @Test
  default void aBatchReachesSeveralBuckets(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore one = place.store("1");
    KvStore two = place.store("2");
    KvStore three = place.store("3");
    Version known = three.writer().put(utf8("k"), utf8("v"));
    List<@Nullable Version> versions =
        place
            .connection()
            .batch()
            .apply(
                new WriteBatch()
                    .in(one.bucket())
                    .put(utf8("k"), utf8("1"))
                    .in(two.bucket())
                    .put(utf8("k"), utf8("2"))
                    .in(three.bucket())
                    .require(utf8("k"), known)
                    .in(one.bucket())
                    .put(utf8("l"), utf8("3")));
    assertEquals(
        versions.get(0), Changes.present(one.reader().entry(utf8("k")), "the entry").version());
    assertEquals(
        versions.get(1), Changes.present(two.reader().entry(utf8("k")), "the entry").version());
    assertNull(versions.get(2));
    assertEquals(
        versions.get(3), Changes.present(one.reader().entry(utf8("l")), "the entry").version());
    assertArrayEquals(
        utf8("2"), two.reader().get(utf8("k")), "the same key of another bucket is another key");
  }

  @Test
  default void aConditionInOneBucketStopsTheOthers(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore one = place.store("1");
    KvStore two = place.store("2");
    Version old = two.writer().put(utf8("k"), utf8("1"));
    two.writer().put(utf8("k"), utf8("2"));
    var refused =
        assertThrows(
            KvException.VersionMismatch.class,
            () ->
                place
                    .connection()
                    .batch()
                    .apply(
                        new WriteBatch()
                            .in(one.bucket())
                            .put(utf8("k"), utf8("x"))
                            .in(two.bucket())
                            .require(utf8("k"), old)));
    assertEquals(two.bucket(), refused.bucket());
    assertNull(one.reader().entry(utf8("k")));
  }

  @Test
  default void malformedBatchesOverBucketsAreRefused(Place place) {
    if (absent(place)) {
      return;
    }
    KvStore one = place.store("1");
    for (WriteBatch malformed :
        List.of(
            new WriteBatch().put(utf8("k"), utf8("v")),
            new WriteBatch().put(utf8("k"), utf8("v")).in(one.bucket()).put(utf8("l"), utf8("v")),
            new WriteBatch()
                .in(one.bucket())
                .put(utf8("k"), utf8("v"))
                .in(place.bucket("2"))
                .put(utf8("k"), utf8("v"))
                .in(one.bucket())
                .delete(utf8("k")))) {
      assertThrows(
          IllegalArgumentException.class, () -> place.connection().batch().apply(malformed));
    }
    assertNull(one.reader().entry(utf8("k")), "nothing is written");
    assertNull(one.reader().entry(utf8("l")), "nothing is written");
  }

  @Test
  default void theWatchesOfEachBucketAreToldTheirPart(Place place) {
    if (absent(place) || !place.has(Capability.WATCH)) {
      return;
    }
    KvStore one = place.store("1");
    KvStore two = place.store("2");
    one.writer().put(utf8("first"), utf8("v"));
    two.writer().put(utf8("first"), utf8("v"));
    Watched ones = place.watch(one, WatchScope.all(), WatchOptions.fromNow());
    Watched twos = place.watch(two, WatchScope.all(), WatchOptions.fromNow());
    for (int i = 0; i < 20; i++) {
      place
          .connection()
          .batch()
          .apply(
              new WriteBatch()
                  .in(one.bucket())
                  .put(utf8("a"), utf8("" + i))
                  .in(two.bucket())
                  .put(utf8("b"), utf8("" + i))
                  .in(one.bucket())
                  .put(utf8("c"), utf8("" + i)));
      var told = ones.take(2);
      assertEquals(List.of("put a=" + i, "put c=" + i), Changes.texts(told));
      assertNull(told.getFirst().cursor());
      Changes.present(told.getLast().cursor(), "the cursor on the last of this bucket");
      var other = twos.next();
      assertEquals("put b=" + i, Changes.text(other));
      Changes.present(other.cursor(), "the cursor on the last of this bucket");
    }
  }
}
