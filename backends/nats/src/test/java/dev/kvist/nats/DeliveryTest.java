package dev.kvist.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

/** Reply subjects of deliveries, in the forms of the old and the new protocol. */
final class DeliveryTest {
  private static final Delivery EXPECTED =
      new Delivery(1832000000000000L, 7, 1605139610113260000L, 42);

  @Test
  void theShortFormHasNineTokens() {
    assertEquals(
        EXPECTED, Delivery.of("$JS.ACK.KV_b.consumer.1.1832000000000000.7.1605139610113260000.42"));
  }

  @Test
  void theLongFormNamesDomainAndAccount() {
    String text = "$JS.ACK._.ACCOUNT.KV_b.consumer.1.1832000000000000.7.1605139610113260000.42";
    assertEquals(EXPECTED, Delivery.of(text));
    assertEquals(EXPECTED, Delivery.of(text + ".x7Gh2"), "what may be added later is left out");
  }

  @Test
  void otherSubjectsAreNone() {
    assertNull(Delivery.of(null));
    assertNull(Delivery.of("_INBOX.abc"));
  }
}
