package dev.kvist.rocksdb;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** Writes the framing that {@link LogFrames} reads: a file's content, record after record. */
final class FrameWriter {
  private static final int BLOCK_BYTES = 32 << 10;
  private static final int HEADER_BYTES = 7;
  private static final int MASK_BITS = 15;
  private static final int MASK = 0xA282EAD8;
  private static final int WHOLE = 1;
  private static final int FIRST = 2;
  private static final int BETWEEN = 3;
  private static final int LAST = 4;

  private final ByteArrayOutputStream file = new ByteArrayOutputStream();

  void add(byte[] record) {
    int from = 0;
    boolean first = true;
    do {
      int left = BLOCK_BYTES - file.size() % BLOCK_BYTES;
      if (left < HEADER_BYTES) {
        file.writeBytes(new byte[left]);
        left = BLOCK_BYTES;
      }
      int length = Math.min(record.length - from, left - HEADER_BYTES);
      boolean last = from + length == record.length;
      fragment(first ? (last ? WHOLE : FIRST) : last ? LAST : BETWEEN, record, from, length);
      from += length;
      first = false;
    } while (from < record.length);
  }

  private void fragment(int type, byte[] record, int from, int length) {
    var crc = new CRC32C();
    crc.update(type);
    crc.update(record, from, length);
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(masked(crc)).putShort((short) length).put((byte) type).flip();
    while (header.hasRemaining()) {
      file.write(header.get());
    }
    file.write(record, from, length);
  }

  /** As RocksDB stores a checksum. */
  static int masked(CRC32C crc) {
    return Integer.rotateRight((int) crc.getValue(), MASK_BITS) + MASK;
  }

  byte[] content() {
    return file.toByteArray();
  }
}
