package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads a file of ordered keys by what {@code docs/formats.md} says of it. */
final class DocumentedRun {
  private final ByteBuffer bytes;

  DocumentedRun(byte[] file) {
    bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals("KVISTKEY", new String(file, 0, 8, StandardCharsets.US_ASCII));
    assertEquals(2, bytes.getInt(8));
    assertEquals(DocumentedLog.crc(bytes, 0, 68), bytes.getInt(68));
  }

  long storeId() {
    return bytes.getLong(56);
  }

  /** Adds the keys, in their order, to those of their bucket. */
  void addTo(Map<Integer, List<String>> keys) {
    int blocks = bytes.getInt(12);
    int table = 72 + (int) bytes.getLong(32);
    long count = 0;
    long keyBytes = 0;
    int longest = 0;
    for (int block = 0; block < blocks; block++) {
      int from = 72 + 8 * bytes.getInt(table + 4 * block);
      int to = block + 1 == blocks ? table : 72 + 8 * bytes.getInt(table + 4 * (block + 1));
      assertEquals(DocumentedLog.crc(bytes, from + 4, to - from - 4) ^ block, bytes.getInt(from));
      int inBlock = bytes.get(from + 4) & 0xFF;
      bytes.position(from + 5);
      byte[] key = {};
      for (int i = 0; i < inBlock; i++) {
        key = next(key);
        ByteBuffer parts = ByteBuffer.wrap(key); // big-endian
        keys.computeIfAbsent(parts.getInt(), _ -> new ArrayList<>())
            .add(StandardCharsets.UTF_8.decode(parts).toString());
        count++;
        keyBytes += key.length;
        longest = Math.max(longest, key.length);
      }
    }
    assertEquals(bytes.getLong(16), count);
    assertEquals(bytes.getLong(24), keyBytes);
    assertEquals(bytes.getInt(64), longest);
  }

  private byte[] next(byte[] previous) {
    int shared = varint();
    byte[] key = new byte[shared + varint()];
    System.arraycopy(previous, 0, key, 0, shared);
    bytes.get(key, shared, key.length - shared);
    return key;
  }

  private int varint() {
    int value = 0;
    int shift = 0;
    int read = bytes.get();
    while ((read & 0x80) != 0) {
      value |= (read & 0x7F) << shift;
      shift += 7;
      read = bytes.get();
    }
    return value | read << shift;
  }
}
