package dev.kvist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a store URI is read. */
final class ConnectionOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "simple:d, simple, d",
    "memory:, memory, ''",
    "simple:d?x/, simple, d?x/",
    "simple:a?b/c?read_only=true, simple, a?b/c",
    "nats://u:p@h:4222, nats, //u:p@h:4222",
    "simple:${KVIST_SURELY_NOT_SET:here}/d, simple, here/d"
  })
  void schemeAndLocation(String uri, String scheme, String location) {
    ConnectionOptions options = ConnectionOptions.parse(uri);
    assertEquals(scheme, options.scheme());
    assertEquals(location, options.location());
  }

  @Test
  void optionsAreDecoded() {
    assertEquals(
        Map.of("a", "1 2", "b_c", "x=/y?z", "d", "+"),
        ConnectionOptions.parse("simple:d?a=1%202&b_c=x=/y%3Fz&d=+").settings());
  }

  /** Each would open another store than was meant. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "simple:d?read_only",
        "simple:d?sync-writes=true",
        "simple:d?sync_writes=true&x",
        "simple:d?",
        "simple:?",
        "simple:d?a=1&a=2",
        "simple:d?a=%",
        "simple:${NOPE",
        "simple:${KVIST_SURELY_NOT_SET}",
        "simple:d?a=${1}",
        "d",
        ":d",
        "C:d"
      })
  void whatIsMalformedIsRefused(String uri) {
    assertThrows(IllegalArgumentException.class, () -> ConnectionOptions.parse(uri));
  }

  /** Who writes them as they are is told so, or refused, but not quoted. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "nats://u:hidden/hidden@h:1",
        "nats://u:hidden@hidden@h:1",
        "nats://u:hidden,hidden@h:1,i:2",
        "nats:u:hidden@h:1",
        "elasticsearch:http://u:hid/hidden@h:1",
        "nats://u:p?hidden@h:1",
        "nats://h:1?Password=hidden",
        "nats://h:1?x=1&Token=hidden"
      })
  void aMisspelledSecretIsNotPrinted(String uri) {
    String said;
    try {
      said = ConnectionOptions.parse(uri).toString();
    } catch (IllegalArgumentException e) {
      said = e.toString();
    }
    assertTrue(!said.contains("hidden"), said);
  }

  @Test
  void pathsWithAnAtArePrintedAsTheyAre() {
    assertEquals("simple:/data/a@b/c", ConnectionOptions.parse("simple:/data/a@b/c").toString());
  }

  @Test
  void aSecretIsNotPrinted() {
    String printed = ConnectionOptions.parse("nats://u:p4ss@h?password=s3cret&x=1").toString();
    assertTrue(printed.contains("x=1"), printed);
    assertTrue(!printed.contains("s3cret") && !printed.contains("p4ss"), printed);
  }

  @Test
  void aScanPositionIsNotTakenFromAnyWord() {
    ScanPosition position = ScanPosition.of(new byte[] {1, 2, 3});
    assertEquals(position, ScanPosition.parse(position.toString()));
    for (String word : new String[] {"ann", "xyzzy", "", "AAAAAA", "ä"}) {
      assertThrows(IllegalArgumentException.class, () -> ScanPosition.parse(word), word);
    }
  }
}
