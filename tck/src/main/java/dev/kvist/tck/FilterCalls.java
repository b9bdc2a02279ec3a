package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.bucket.Filter;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;

/** Calls of many threads on a filter, and what must be true of them whichever filter it is. */
final class FilterCalls {
  private static final int MEMBER = 1;

  private FilterCalls() {}

  /**
   * Random calls of four threads on one item: a register that holds whether it is a member.
   *
   * @param deletes whether some of the calls delete it
   */
  static void areLinearizable(Place place, Filter filter, boolean deletes) {
    String bucket = place.bucket("");
    Seeded.rounds(
        place.rounds(150),
        random -> {
          byte[] item = utf8("item " + random.nextLong());
          var history = new RegisterHistory();
          long seed = random.nextLong();
          var start = new CyclicBarrier(4);
          Waiting.together(
              place.patience(),
              4,
              thread -> {
                var choices = new Random(seed + thread);
                start.await();
                for (int i = 0; i < 8; i++) {
                  call(filter, bucket, item, history, choices.nextInt(deletes ? 5 : 4));
                }
              });
          assertTrue(
              history.linearizable(),
              () -> "no order of these calls explains them: " + history.calls());
        });
  }

  private static void call(
      Filter filter, String bucket, byte[] item, RegisterHistory history, int choice)
      throws Exception {
    switch (choice) {
      case 0 ->
          history.record(
              RegisterHistory.Kind.PUT,
              MEMBER,
              0,
              () -> {
                filter.add(bucket, item);
                return 1;
              });
      case 1 ->
          history.record(
              RegisterHistory.Kind.GET,
              0,
              0,
              () -> filter.exists(bucket, item) ? MEMBER : RegisterHistory.ABSENT);
      case 4 ->
          history.record(
              RegisterHistory.Kind.PUT,
              RegisterHistory.ABSENT,
              0,
              () -> {
                filter.delete(bucket, item);
                return 1;
              });
      default ->
          history.record(
              RegisterHistory.Kind.SWAP,
              MEMBER,
              RegisterHistory.ABSENT,
              () -> filter.checkThenAdd(bucket, item) ? 0 : 1);
    }
  }

  /** Of eight threads that check and add the same new items at the same time, one adds each. */
  static void addOnce(Place place, Filter filter) {
    String bucket = place.bucket("");
    int threads = 8;
    int items = place.rounds(400);
    var added = new AtomicInteger();
    var start = new CyclicBarrier(threads);
    for (int round = 0; round < 4; round++) {
      added.set(0);
      String name = "round " + round + " item ";
      Waiting.together(
          place.patience(),
          threads,
          _ -> {
            start.await();
            for (int i = 0; i < items; i++) {
              if (!filter.checkThenAdd(bucket, utf8(name + i))) {
                added.incrementAndGet();
              }
            }
          });
      assertEquals(items, added.get(), "how many callers were the first with an item");
    }
  }
}
