package dev.kvist.bench.work;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class YcsbTest {
  @Test
  void theLatestAreTheOwnInsertsAndThenTheFill() {
    List<Long> ofSecond =
        IntStream.range(0, 6).mapToObj(rank -> Ycsb.latest(rank, 1, 2, 10)).toList();
    assertEquals(List.of(13L, 11L, 9L, 8L, 7L, 6L), ofSecond);
  }

  @Test
  void everyRankIsAnEntryThatIsThere() {
    for (int rank = 0; rank < 10; rank++) {
      assertEquals(9L - rank, Ycsb.latest(rank, 0, 0, 10));
    }
  }

  @Test
  void twoThreadsNeverInsertTheSameEntry() {
    Set<Long> numbers = new HashSet<>();
    for (int nth = 0; nth < 100; nth++) {
      numbers.add(Ycsb.number(nth, 0, 10));
      numbers.add(Ycsb.number(nth, 1, 10));
    }
    assertEquals(200, numbers.size());
  }
}
