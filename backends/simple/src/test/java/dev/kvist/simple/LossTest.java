package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a loss reads in the reports of verify and repair. */
final class LossTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          -1 | -1 | records cannot be read; of which keys is not known
           0 |  0 | no record is missing
           1 | -1 | 1 record cannot be read; of which key is not known
           1 |  0 | 1 record cannot be read; it was not the newest of its key
           1 |  1 | 1 record cannot be read; it was the newest of its key
           2 | -1 | 2 records cannot be read; of which keys is not known
           2 |  0 | 2 records cannot be read; none of them was the newest of its key
           2 |  1 | 2 records cannot be read; 1 of them was the newest of its key
           3 |  2 | 3 records cannot be read; 2 of them were the newest of their keys
          """)
  void itCountsInWords(long records, int current, String text) {
    var loss = new Loss("wal/1.log", 100, 5, records, current, false, true);
    assertEquals("wal/1.log: " + text, loss.toString());
  }
}
