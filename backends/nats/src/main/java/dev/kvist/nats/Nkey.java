package dev.kvist.nats;

import io.nats.client.AuthHandler;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * A key pair of NATS, from its seed; logs in alone or beside a token of the account. It is Ed25519
 * by the JDK: the library that the client would use takes longer to open than a short command runs.
 *
 * @see <a
 *     href="https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth">
 *     nkeys</a>
 */
final class Nkey implements AuthHandler {
  private static final String ALGORITHM = "Ed25519";
  private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final int KEY_BYTES = 32;
  private static final int SEED_PREFIX = 18 << 3;
  private static final int PREFIX_BYTES = 2;
  private static final int CHECKSUM_BYTES = 2;

  /** Of prefix, key and checksum, at five bits a letter. */
  private static final int SEED_LETTERS = 58;

  private final PrivateKey key;
  private final String name;
  private final @Nullable String jwt;

  /**
   * Reads a seed.
   *
   * @param jwt what the account says of the user; null for a key that the server knows itself
   * @throws IllegalArgumentException when it is no seed; it has nothing of the text
   */
  Nkey(String seed, @Nullable String jwt) {
    String text = seed.trim();
    byte[] raw = decode(text);
    if (text.length() != SEED_LETTERS
        || (raw[0] & 0xF8) != SEED_PREFIX
        || checksum(raw, raw.length - CHECKSUM_BYTES) != checksumOf(raw)) {
      throw new IllegalArgumentException("no seed of an nkey");
    }
    byte[] secret = new byte[KEY_BYTES];
    System.arraycopy(raw, PREFIX_BYTES, secret, 0, KEY_BYTES);
    int kind = (raw[0] & 7) << 5 | (raw[1] & 0xF8) >> 3;
    this.jwt = jwt;
    try {
      key =
          KeyFactory.getInstance(ALGORITHM)
              .generatePrivate(new EdECPrivateKeySpec(NamedParameterSpec.ED25519, secret));
      name = name(kind, publicKey(secret));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no Ed25519", e);
    }
  }

  /**
   * The JDK derives a public key where it makes a pair, for which the seed is its random number.
   */
  private static byte[] publicKey(byte[] secret) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
    generator.initialize(
        NamedParameterSpec.ED25519,
        new SecureRandom() {
          private static final long serialVersionUID = 1;

          @Override
          public void nextBytes(byte[] bytes) {
            System.arraycopy(secret, 0, bytes, 0, bytes.length);
          }
        });
    EdECPoint point = ((EdECPublicKey) generator.generateKeyPair().getPublic()).getPoint();
    byte[] encoded = new byte[KEY_BYTES];
    BigInteger y = point.getY();
    for (int i = 0; i < KEY_BYTES; i++) {
      encoded[i] = y.shiftRight(8 * i).byteValue();
    }
    if (point.isXOdd()) {
      encoded[KEY_BYTES - 1] |= (byte) 0x80;
    }
    return encoded;
  }

  private static String name(int kind, byte[] publicKey) {
    ByteBuffer raw =
        ByteBuffer.allocate(1 + KEY_BYTES + CHECKSUM_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    raw.put((byte) kind).put(publicKey);
    raw.putShort((short) checksum(raw.array(), 1 + KEY_BYTES));
    return encode(raw.array());
  }

  private static int checksumOf(byte[] raw) {
    return ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).getShort(raw.length - 2) & 0xFFFF;
  }

  /** CRC-16 with the polynomial 0x1021. */
  private static int checksum(byte[] bytes, int length) {
    int crc = 0;
    for (int i = 0; i < length; i++) {
      crc ^= (bytes[i] & 0xFF) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) == 0 ? crc << 1 : crc << 1 ^ 0x1021;
      }
      crc &= 0xFFFF;
    }
    return crc;
  }

  // --- base32 of RFC 4648, without padding
  // --------------------------------------------------------

  private static byte[] decode(String text) {
    byte[] bytes = new byte[text.length() * 5 / 8];
    long bits = 0;
    int at = 0;
    int count = 0;
    for (int i = 0; i < text.length(); i++) {
      int value = LETTERS.indexOf(text.charAt(i));
      if (value < 0) {
        throw new IllegalArgumentException("no base32");
      }
      bits = bits << 5 | value;
      count += 5;
      if (count >= 8) {
        count -= 8;
        bytes[at++] = (byte) (bits >> count);
      }
    }
    return bytes;
  }

  private static String encode(byte[] bytes) {
    var text = new StringBuilder();
    long bits = 0;
    int count = 0;
    for (byte next : bytes) {
      bits = bits << 8 | (next & 0xFF);
      count += 8;
      while (count >= 5) {
        count -= 5;
        text.append(LETTERS.charAt((int) (bits >> count) & 31));
      }
    }
    if (count > 0) {
      text.append(LETTERS.charAt((int) (bits << (5 - count)) & 31));
    }
    return text.toString();
  }

  // --- to log in
  // ----------------------------------------------------------------------------------

  @Override
  public byte[] sign(byte[] nonce) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initSign(key);
      signature.update(nonce);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a nonce cannot be signed", e);
    }
  }

  /** The public key, as servers have it in their configuration. */
  @Override
  public char[] getID() {
    return name.toCharArray();
  }

  @Override
  public char @Nullable [] getJWT() {
    return jwt == null ? null : jwt.toCharArray();
  }
}
