package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.tck.Seeded;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys as subjects: injective, legal, and filters that lose no key. */
final class KeyCodecTest {
  private static final int ROUNDS = 20_000;

  /** Bytes among which dots, escapes and the ends of the range are frequent. */
  private static byte[] key(Random random, int least) {
    byte[] key = new byte[random.nextInt(least, 8)];
    byte[] frequent = {'.', '=', 'a', 'B', '0', '_', '/', '-', '*', '>', ' ', 0, (byte) 0xFF};
    for (int i = 0; i < key.length; i++) {
      key[i] =
          random.nextInt(4) == 0
              ? (byte) random.nextInt(256)
              : frequent[random.nextInt(frequent.length)];
    }
    return key;
  }

  private static byte @Nullable [] decoded(String text) {
    return KeyCodec.ENCODED.bytes("$KV.b." + text, 6);
  }

  @ParameterizedTest
  @CsvSource({
    "a, a",
    "a.b, a.b",
    ".a, =.a",
    "a., a.=",
    "., =.=",
    "a..b, a.=.b",
    "a b, a=20b",
    "=, =3D",
    "a*>, a=2A=3E",
    "ä, =C3=A4",
    "route/x_y-Z9, route/x_y-Z9"
  })
  void keysAreReadable(String key, String text) {
    assertEquals(text, KeyCodec.ENCODED.text(utf8(key)));
    assertArrayEquals(utf8(key), decoded(text));
  }

  @Test
  void whatIsWrittenReadsBackAndIsALegalSubject() {
    Seeded.rounds(
        1,
        random -> {
          for (int i = 0; i < ROUNDS; i++) {
            byte[] key = key(random, 1);
            String text = String.valueOf(KeyCodec.ENCODED.text(key));
            assertArrayEquals(key, decoded(text), text);
            assertTrue(text.matches("[A-Za-z0-9_/=-]+(\\.[A-Za-z0-9_/=-]+)*"), text);
            assertNotEquals(KeyCodec.NO_KEY, text);
            assertTrue(text.length() <= 3 * key.length + 1, text);
          }
        });
  }

  /** What is read is only what would be written, so that a key has one subject. */
  @Test
  void whatIsReadWritesBack() {
    Seeded.rounds(
        1,
        random -> {
          String letters = "=.aA0F2E3D_-*é ";
          for (int i = 0; i < ROUNDS; i++) {
            var text = new StringBuilder();
            for (int n = random.nextInt(1, 9); n > 0; n--) {
              text.append(letters.charAt(random.nextInt(letters.length())));
            }
            byte[] key = decoded(text.toString());
            if (key != null) {
              assertEquals(text.toString(), KeyCodec.ENCODED.text(key));
            }
          }
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "=", "", ".", "a.", ".a", "a..b", "==", "=6", "=61", "=2E", "=c3", "a=", "=ZZ", "a*"
      })
  void textsThatNobodyWritesAreOfNoKey(String text) {
    assertNull(decoded(text));
  }

  /** The server's rule: equal tokens, and one or more of them for the last sign. */
  private static boolean selects(String filter, String text) {
    String[] want = filter.split("\\.", -1);
    String[] is = text.split("\\.", -1);
    for (int i = 0; i < want.length; i++) {
      if (want[i].equals(">")) {
        return is.length > i;
      }
      if (i >= is.length || !want[i].equals(is[i])) {
        return false;
      }
    }
    return want.length == is.length;
  }

  @Test
  void aFilterSelectsEveryKeyWithThePrefix() {
    Seeded.rounds(
        1,
        random -> {
          for (int i = 0; i < ROUNDS; i++) {
            byte[] key = key(random, 1);
            byte[] prefix = Arrays.copyOf(key, random.nextInt(key.length + 1));
            String text = String.valueOf(KeyCodec.ENCODED.text(key));
            String filter = String.valueOf(KeyCodec.ENCODED.filter(prefix));
            assertTrue(selects(filter, text), () -> filter + " misses " + text);
          }
        });
  }

  @Test
  void aPrefixOfWholeTokensIsItsFilter() {
    assertEquals("a.>", KeyCodec.ENCODED.filter(utf8("a.")));
    assertEquals("a.>", KeyCodec.ENCODED.filter(utf8("a.k")));
    assertEquals(">", KeyCodec.ENCODED.filter(utf8("a")));
    assertEquals(">", KeyCodec.ENCODED.filter(new byte[0]));
    assertEquals("=.>", KeyCodec.ENCODED.filter(utf8(".")));
    Seeded.rounds(
        1,
        random -> {
          for (int i = 0; i < ROUNDS; i++) {
            byte[] prefix = key(random, 0);
            byte[] whole = Arrays.copyOf(prefix, prefix.length + 1);
            whole[prefix.length] = '.';
            byte[] other = key(random, 1);
            boolean has =
                other.length >= whole.length
                    && Arrays.equals(whole, Arrays.copyOf(other, whole.length));
            String filter = String.valueOf(KeyCodec.ENCODED.filter(whole));
            assertEquals(has, selects(filter, String.valueOf(KeyCodec.ENCODED.text(other))));
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a.b", "=20", "a/b_c-d=e"})
  void literalKeysAreTakenAsTheyAre(String key) {
    assertEquals(key, KeyCodec.LITERAL.text(utf8(key)));
    assertArrayEquals(utf8(key), KeyCodec.LITERAL.bytes("$KV.b." + key, 6));
  }

  @ParameterizedTest
  @ValueSource(strings = {".a", "a.", "a..b", ".", "a b", "a*", ">", "ä", "a\u0000"})
  void whatAnotherClientCannotHaveIsRefused(String key) {
    assertNull(KeyCodec.LITERAL.text(utf8(key)));
    var refused =
        assertThrows(
            KvException.Unsupported.class, () -> KeyCodec.LITERAL.token("routes", utf8(key)));
    assertTrue(
        String.valueOf(refused.getMessage()).contains("bucket routes"), refused.getMessage());
  }
}
