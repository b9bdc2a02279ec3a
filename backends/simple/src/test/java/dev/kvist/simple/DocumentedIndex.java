package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads the hash index by what {@code docs/formats.md} says of it. */
final class DocumentedIndex {
  private static final int PAGE = 4096;

  private final ByteBuffer bytes;

  DocumentedIndex(List<Path> chunks) throws IOException {
    bytes = ByteBuffer.allocate(chunks.size() << 20).order(ByteOrder.LITTLE_ENDIAN);
    for (Path chunk : chunks) {
      bytes.put(Files.readAllBytes(chunk));
    }
    assertEquals("KVISTIDX", new String(bytes.array(), 0, 8, StandardCharsets.US_ASCII));
    assertEquals(2, bytes.getLong(8));
    assertEquals(unsigned(DocumentedLog.crc(bytes, 0, 40)), bytes.getLong(40));
  }

  long storeId() {
    return bytes.getLong(32);
  }

  void checkCleanlyClosed() {
    assertEquals(0x4B56495354434C4EL, bytes.getLong(64));
    long expected = bytes.getLong(72);
    bytes.putLong(72, 0);
    long length = bytes.getLong(80) << 20;
    assertEquals(expected, unsigned(DocumentedLog.crc(bytes, 0, (int) length)));
    bytes.putLong(72, expected);
  }

  private static long unsigned(int number) {
    return number & 0xFFFF_FFFFL;
  }

  long field(int number) {
    return data(bytes.getLong(1024 + 8 * number));
  }

  /** Which of the two places of counts is valid. */
  int place() {
    return (int) field(0) & 1;
  }

  /** The number of entries, which is counted and compared with the header. */
  long entries() {
    long entries = 0;
    for (int page = PAGE; page < bytes.capacity(); page += PAGE) {
      if (bytes.getLong(page) != 0) {
        for (int word = 8; word < PAGE; word += 8) {
          long slot = bytes.getLong(page + word);
          entries += slot == 0 || data(slot) == 7L << 54 ? 0 : 1;
        }
      }
    }
    assertEquals(bytes.getLong(88), entries);
    return entries;
  }

  /** Whether the record at a position is found as that of a key. */
  boolean holds(int bucket, byte[] key, long position) {
    long hash = hash(bucket, key, bytes.getLong(16));
    for (int page = PAGE; page < bytes.capacity(); page += PAGE) {
      if (bytes.getLong(page) != 0) {
        long header = data(bytes.getLong(page));
        int depth = (int) (header >>> 20) & 31;
        assertEquals(bytes.getLong(24), header >>> 25);
        if (hash >>> (64 - depth) == (header & 0xFFFFF)) {
          return holds(page, hash << depth, position);
        }
      }
    }
    throw new AssertionError("no page has the prefix of the hash");
  }

  /** Looks in a page; {@code rest} are the bits of the hash behind the prefix. */
  private boolean holds(int page, long rest, long position) {
    int home = (int) (rest >>> 58);
    for (int further = 0; further <= 6; further++) {
      int line = (home + further) & 63;
      for (int word = line == 0 ? 1 : 0; word < 8; word++) {
        long raw = bytes.getLong(page + 64 * line + 8 * word);
        if (raw == 0) {
          return false;
        }
        long slot = data(raw);
        int tag = (int) (slot >>> 37) & 0x1FFFF;
        if (slot >>> 54 == further && fits(tag, rest << 6)) {
          if ((slot & ((1L << 37) - 1)) * 8 == position) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean fits(int tag, long bits) {
    int length = 31 - Integer.numberOfLeadingZeros(tag);
    long kept = length == 0 ? 0 : bits >>> (64 - length);
    return (tag ^ 1 << length) == kept;
  }

  /** The data bits of a code word, whose check bits are checked. */
  private static long data(long word) {
    int number = 2;
    int checks = 0;
    for (int bit = 0; bit < 57; bit++) {
      number++;
      while (Integer.bitCount(number) == 1) {
        number++;
      }
      checks ^= (word >>> bit & 1) == 0 ? 0 : number;
    }
    assertEquals(checks, (int) (word >>> 57) & 63);
    assertEquals(0, Long.bitCount(word) & 1);
    return word & ((1L << 57) - 1);
  }

  private static long hash(int bucket, byte[] key, long seed) {
    ByteBuffer words = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
    long mask = seed ^ 0x6A09E667F3BCC909L;
    long state = fold(mask, bucket ^ 0xBB67AE8584CAA73BL) ^ seed;
    int length = key.length;
    int at = 0;
    while (length - at > 16) {
      state = fold(words.getLong(at) ^ mask, words.getLong(at + 8) ^ state);
      at += 16;
    }
    long first = 0;
    long last = 0;
    if (length >= 16) {
      first = words.getLong(length - 16);
      last = words.getLong(length - 8);
    } else if (length >= 8) {
      first = words.getLong(0);
      last = words.getLong(length - 8);
    } else if (length >= 4) {
      first = words.getInt(0);
      last = words.getInt(length - 4);
    } else if (length > 0) {
      first = key[0] & 0xFF;
      first += (key[length / 2] & 0xFFL) << 8;
      first += (key[length - 1] & 0xFFL) << 16;
    }
    long mixed = fold(first ^ mask ^ length * 0x3C6EF372FE94F82BL, last ^ state);
    return fold(mixed ^ 0xA54FF53A5F1D36F1L, mask ^ length);
  }

  private static long fold(long a, long b) {
    return (a * b) ^ Math.unsignedMultiplyHigh(a, b);
  }
}
