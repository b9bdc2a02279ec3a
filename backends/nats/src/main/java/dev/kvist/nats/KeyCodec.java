package dev.kvist.nats;

import dev.kvist.KeyText;
import dev.kvist.KvException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How the keys of a bucket are written as the last tokens of a subject. Pure; any thread.
 *
 * <p>The mapping is injective and keeps prefixes up to a dot: the keys that start with {@code a.}
 * are those that the filter {@code a.>} selects.
 */
enum KeyCodec {
  /**
   * Any bytes. A key is split at each {@code .}; an empty token is {@code =}; a byte outside {@code
   * A-Z a-z 0-9 _ / -} is {@code =} with two capital hexadecimal digits. Only what this makes is
   * read, so that a key has one subject.
   */
  ENCODED {
    @Override
    @Nullable String text(byte[] key) {
      var text = new StringBuilder(key.length + 16);
      int tokenStart = 0;
      for (byte b : key) {
        if (b == '.') {
          endToken(text, tokenStart);
          text.append('.');
          tokenStart = text.length();
        } else if (isPlain(b)) {
          text.append((char) b);
        } else {
          text.append(ESCAPE).append(HEX.charAt((b >> 4) & 0xF)).append(HEX.charAt(b & 0xF));
        }
      }
      endToken(text, tokenStart);
      return text.toString();
    }

    private static void endToken(StringBuilder text, int tokenStart) {
      if (text.length() == tokenStart) {
        text.append(ESCAPE);
      }
    }

    @Override
    byte @Nullable [] bytes(String subject, int start) {
      byte[] key = new byte[subject.length() - start];
      int length = 0;
      int tokenStart = start;
      for (int i = start; i < subject.length(); i++) {
        char c = subject.charAt(i);
        if (c == '.') {
          if (i == tokenStart) {
            return null;
          }
          tokenStart = i + 1;
          key[length++] = '.';
        } else if (c == ESCAPE) {
          if (isEmptyToken(subject, tokenStart, i)) {
            continue;
          }
          int escaped = escaped(subject, i + 1);
          if (escaped < 0) {
            return null;
          }
          key[length++] = (byte) escaped;
          i += 2;
        } else if (c < 0x80 && isPlain((byte) c)) {
          key[length++] = (byte) c;
        } else {
          return null;
        }
      }
      if (length == 0 || tokenStart == subject.length()) {
        return null;
      }
      return length == key.length ? key : Arrays.copyOf(key, length);
    }

    private static boolean isEmptyToken(String subject, int tokenStart, int at) {
      return at == tokenStart && (at + 1 == subject.length() || subject.charAt(at + 1) == '.');
    }

    private static int escaped(String subject, int at) {
      if (at + 2 > subject.length()) {
        return MALFORMED;
      }
      int high = HEX.indexOf(subject.charAt(at));
      int low = HEX.indexOf(subject.charAt(at + 1));
      int value = (high << 4) | low;
      return high < 0 || low < 0 || isPlain((byte) value) || value == '.' ? MALFORMED : value;
    }
  },

  /** The letters of another client as they are; keys that it could not have are refused. */
  LITERAL {
    @Override
    @Nullable String text(byte[] key) {
      int last = '.';
      for (byte b : key) {
        if (!isPlain(b) && b != ESCAPE && (b != '.' || last == '.')) {
          return null;
        }
        last = b;
      }
      return last == '.' ? null : new String(key, StandardCharsets.US_ASCII);
    }

    @Override
    byte @Nullable [] bytes(String subject, int start) {
      byte[] key = subject.substring(start).getBytes(StandardCharsets.UTF_8);
      return key.length == 0 ? null : key;
    }
  };

  private static final char ESCAPE = '=';
  private static final String HEX = "0123456789ABCDEF";
  private static final int MALFORMED = -1;

  /** The subject of no key: what a batch writes that only checks. */
  static final String NO_KEY = "=";

  /** The tokens of a key; null when it cannot be expressed. */
  abstract @Nullable String text(byte[] key);

  /** The key whose tokens start at an index of a subject; null when they are of no key. */
  abstract byte @Nullable [] bytes(String subject, int start);

  /**
   * The tokens of a key.
   *
   * @throws KvException.Unsupported when the bucket cannot have it
   */
  String token(String bucket, byte[] key) {
    @Nullable String text = text(key);
    if (text == null) {
      throw new KvException.Unsupported(
          "bucket "
              + bucket
              + " was made by another NATS client, and its keys are A-Z a-z 0-9 _ / - = . with no dot at"
              + " an end or beside another: it cannot have the key "
              + KeyText.print(key));
    }
    return text;
  }

  /**
   * The tokens of the narrowest filter that selects every key with a prefix: whole tokens and
   * {@code >}. What it selects has to be compared with the prefix still. Null when no key of such a
   * bucket starts so.
   */
  @Nullable String filter(byte[] prefix) {
    int dot = prefix.length;
    while (dot > 0 && prefix[dot - 1] != '.') {
      dot--;
    }
    if (dot == 0) {
      return ">";
    }
    @Nullable String tokens = text(Arrays.copyOf(prefix, dot - 1));
    return tokens == null ? null : tokens + ".>";
  }

  private static boolean isPlain(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '_'
        || b == '/'
        || b == '-';
  }
}
