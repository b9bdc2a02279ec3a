package dev.kvist.nats;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.nats.client.NKey;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keys beside those of the client library. */
final class NkeyTest {
  private static final byte[] NONCE = "a nonce".getBytes(US_ASCII);

  @Test
  void itIsTheKeyThatTheClientLibraryHas() throws Exception {
    for (NKey theirs :
        List.of(NKey.createUser(null), NKey.createAccount(null), NKey.createOperator(null))) {
      for (int i = 0; i < 20; i++) {
        Nkey ours = new Nkey(" " + new String(theirs.getSeed()) + "\n", null);
        assertArrayEquals(theirs.getPublicKey(), ours.getID());
        assertArrayEquals(theirs.sign(NONCE), ours.sign(NONCE));
        assertNull(ours.getJWT());
      }
    }
    assertArrayEquals(
        "token".toCharArray(), new Nkey(seed(NKey.createUser(null)), "token").getJWT());
  }

  @Test
  void whatIsNoSeedIsRefusedWithoutShowingIt() throws Exception {
    NKey key = NKey.createUser(null);
    String seed = seed(key);
    char other = seed.charAt(20) == 'A' ? 'B' : 'A';
    for (String wrong :
        List.of(
            "",
            "SU",
            new String(key.getPublicKey()),
            seed.substring(0, seed.length() - 1),
            seed + "A",
            seed.toLowerCase(java.util.Locale.ROOT),
            seed.substring(0, 20) + other + seed.substring(21))) {
      var error = assertThrows(IllegalArgumentException.class, () -> new Nkey(wrong, null));
      assertFalse(!wrong.isEmpty() && String.valueOf(error.getMessage()).contains(wrong));
    }
  }

  private static String seed(NKey key) {
    return new String(key.getSeed());
  }
}
