package dev.kvist.bucket;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The pairs are made by hand from the block format: they prove the layout, whatever made our own.
 */
final class Lz4PairTest {
  private static final long LIMIT = 1 << 24;

  @Test
  void literalsOnly() {
    // Length 5; token 50: five literals and no match.
    assertBothWays("05000000 50 68656c6c6f", utf8("hello"));
  }

  @Test
  void longRunOfLiterals() {
    // Length 20; token f0: fifteen literals and as many more as the next byte says.
    assertBothWays("14000000 f0 05 " + hex("abcdefghijklmnopqrst"), utf8("abcdefghijklmnopqrst"));
  }

  @Test
  void empty() {
    assertBothWays("00000000 00", new byte[0]);
    assertArrayEquals(new byte[0], decode("00000000"), "the block may be missing");
  }

  @Test
  void match() {
    // Length 29. Token 44: four literals, a match of 4 + 4 bytes at offset 4; token f0 02:
    // seventeen literals.
    decodesTo(
        "1d000000 44 61626364 0400 f0 02 " + hex("0123456789ABCDEFG"),
        "abcdabcdabcd0123456789ABCDEFG");
  }

  @Test
  void matchOverItself() {
    // Length 300. Token 1f: one literal, a match at offset 1 of 4 + 15 + 255 + 20 bytes; token 50:
    // five literals.
    byte[] run = new byte[300];
    Arrays.fill(run, (byte) 'a');
    assertBothWays("2c010000 1f 61 0100 ff 14 50 6161616161", run);
  }

  @Test
  void lengthOver64KiB() {
    // 100,000 is 000186a0: one literal, a match of 4 + 15 + 392 * 255 + 15 bytes, five literals.
    byte[] run = new byte[100_000];
    Arrays.fill(run, (byte) 7);
    int beyond = 100_000 - 1 - 5 - 4 - 15;
    String extension =
        "ff".repeat(beyond / 255) + HexFormat.of().toHexDigits((byte) (beyond % 255));
    assertBothWays("a0860100 1f 07 0100 " + extension + " 50 0707070707", run);
  }

  @Test
  void incompressibleValuesGrowALittle() {
    byte[] noise = new byte[200_000];
    new Random(42).nextBytes(noise);
    byte[] pair = Lz4Pair.encode(noise);
    assertTrue(pair.length > noise.length, "noise does not shrink");
    assertTrue(pair.length <= 4 + noise.length + noise.length / 255 + 16, "and grows by its bound");
    assertArrayEquals(noise, Lz4Pair.decode(pair, LIMIT));
  }

  @Test
  void everyLengthComesBack() {
    var random = new Random(1);
    for (int length = 0; length < 2_000; length++) {
      byte[] value = new byte[length];
      for (int i = 0; i < length; i++) {
        value[i] = (byte) random.nextInt(1 + length % 7);
      }
      assertArrayEquals(value, Lz4Pair.decode(Lz4Pair.encode(value), LIMIT));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "05", "050000"})
  void shorterThanItsLengthField(String pair) {
    assertRefused(pair, "starts with a length of 4 bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "ffffffff 50 68656c6c6f, 4294967295",
    "00000080 50 68656c6c6f, 2147483648",
    "ffffff7f 50 68656c6c6f, 2147483647",
    "fb050000 50 68656c6c6f, 1531",
    "01000000, 1",
  })
  void inflatedLengthIsRefusedBeforeAnAllocation(String pair, String length) {
    assertRefused(pair, "the length field says " + length + ", more than");
  }

  @Test
  void lengthOverTheLimitIsRefused() {
    byte[] pair = Lz4Pair.encode(new byte[10_000]);
    assertEquals(10_000, Lz4Pair.decode(pair, 10_000).length);
    var refused = assertThrows(IllegalArgumentException.class, () -> Lz4Pair.decode(pair, 9_999));
    assertEquals("the value has 10000 bytes, and the limit is 9999", refused.getMessage());
  }

  @Test
  void lengthThatDiffersFromTheBlock() {
    assertRefused("06000000 50 68656c6c6f", "says 6, and the LZ4 block holds 5");
    assertRefused("04000000 50 68656c6c6f", "malformed, or holds more than the 4 bytes");
    assertRefused("00000000 50 68656c6c6f", "malformed, or holds more than the 0 bytes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "05000000 50 68656c", // fewer literals than the token says
        "05000000 f0", // a length that goes on and is not there
        "05000000 f0 ff", // and one that goes on again
        "1d000000 44 61626364", // a match without offset
        "1d000000 44 61626364 04", // half an offset
        "1d000000 44 61626364 0000 50 6161616161", // offset zero
        "1d000000 44 61626364 0500 50 6161616161", // an offset before the start
      })
  void malformedBlock(String pair) {
    assertThrows(IllegalArgumentException.class, () -> decode(pair));
  }

  @Test
  void flippedBitsNeverDoMoreThanRefuseOrDiffer() {
    byte[] good =
        Lz4Pair.encode(utf8("the quick brown fox, the quick brown dog, the quick brown cat"));
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      try {
        assertEquals(good[0], Lz4Pair.decode(bad, LIMIT).length);
      } catch (IllegalArgumentException e) {
        assertTrue(e.getMessage() != null && !e.getMessage().isEmpty());
      }
    }
  }

  private static void assertBothWays(String pair, byte[] value) {
    assertArrayEquals(value, decode(pair));
    assertEquals(pair.replace(" ", ""), HexFormat.of().formatHex(Lz4Pair.encode(value)));
  }

  private static void decodesTo(String pair, String value) {
    assertEquals(value, utf8(decode(pair)));
  }

  private static void assertRefused(String pair, String message) {
    var refused = assertThrows(IllegalArgumentException.class, () -> decode(pair));
    assertTrue(String.valueOf(refused.getMessage()).contains(message), refused.getMessage());
  }

  private static byte[] decode(String hex) {
    return Lz4Pair.decode(HexFormat.of().parseHex(hex.replace(" ", "")), LIMIT);
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(utf8(text));
  }
}
