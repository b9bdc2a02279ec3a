package dev.kvist.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvist.KvException;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "PT4S, 4s",
    "PT36H, 1d12h",
    "PT168H, 7d",
    "PT1H30M, 1h30m",
    "PT0.0015S, 1ms500us",
    "PT0S, 0ms",
    "PT0.000000999S, 0ms"
  })
  void durationsArePrintedAsPeopleWriteThem(Duration duration, String text) {
    assertEquals(text, Quantity.print(duration));
    assertEquals(
        "the read took longer than " + text,
        new KvException.Timeout(KvException.Effect.NONE, "the read", duration).getMessage());
  }
}
