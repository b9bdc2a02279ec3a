package dev.kvist.rocksdb;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.zip.CRC32C;

/**
 * A file of large values, as RocksDB's {@code db/blob/blob_log_format.h} has it. Numbers are
 * little-endian; checksums are masked as those of {@link LogFrames}, and cover what stands before
 * them. The header has none.
 *
 * <pre>
 *   header                 record                          footer
 *    0  4  2395959          0  8  length of the key         0  4  2395959
 *    4  4  1                8  8  length of the value       4  8  count of records
 *    8  4  column family   16  8  expiry, unused           12 16  expiry, unused
 *   12  1  flags           24  4  checksum                 28  4  checksum
 *   13  1  compression     28  4  checksum of what follows
 *   14 16  expiry, unused  32  k  key
 *                           .  n  value
 * </pre>
 */
final class BlobFile {
  private static final int MAGIC = 2_395_959;
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 30;
  private static final int FAMILY_AT = 8;
  private static final int COMPRESSION_AT = 13;
  private static final int RECORD_BYTES = 32;
  private static final int FOOTER_BYTES = 32;

  /** Where the second checksum of a record's header stands; before it the first. */
  private static final int CONTENT_CRC_AT = 28;

  /** As Kvist sets them: none, LZ4, Zstandard. */
  private static final Set<Integer> COMPRESSIONS = Set.of(0, 4, 7);

  private static final long LONGEST = 1L << 31;

  private BlobFile() {}

  // --- header and footer ------------------------------------------------------------------------

  /**
   * What RocksDB can open: the file itself, or a copy whose header and footer are made anew where
   * one is damaged, or missing as the file was cut.
   *
   * @param family the column family
   * @param compression that of other files, for a header that does not tell
   */
  static Path openable(Path file, Path copy, int family, int compression) throws IOException {
    long size = Files.size(file);
    byte[] header = new byte[HEADER_BYTES];
    byte[] footer = new byte[FOOTER_BYTES];
    if (size < HEADER_BYTES) {
      return file;
    }
    try (var access = new RandomAccessFile(file.toFile(), "r")) {
      access.readFully(header);
      access.seek(Math.max(0, size - FOOTER_BYTES));
      access.read(footer);
    }
    boolean isKnown = COMPRESSIONS.contains((int) header[COMPRESSION_AT]);
    byte[] right = header(family, isKnown ? header[COMPRESSION_AT] : compression);
    boolean isHeader = Arrays.equals(header, right);
    boolean isFooter = isFooter(footer);
    if (isHeader && isFooter) {
      return file;
    }
    Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
    try (var access = new RandomAccessFile(copy.toFile(), "rw")) {
      access.write(right);
      if (!isFooter) {
        // Behind what may be a damaged footer, or the end of a value.
        access.seek(size);
        access.write(footer());
      }
    }
    return copy;
  }

  /** The column family that a file says to be of. */
  static int family(Path file) throws IOException {
    return little(head(file)).getInt(FAMILY_AT);
  }

  private static byte[] head(Path file) throws IOException {
    byte[] header = new byte[HEADER_BYTES];
    try (InputStream in = new FileInputStream(file.toFile())) {
      in.readNBytes(header, 0, HEADER_BYTES);
    }
    return header;
  }

  /** How the values of a file are compressed; -1 where its header does not tell. */
  static int compression(Path file) throws IOException {
    byte[] header = head(file);
    boolean isKnown =
        little(header).getInt(0) == MAGIC && COMPRESSIONS.contains((int) header[COMPRESSION_AT]);
    return isKnown ? header[COMPRESSION_AT] : -1;
  }

  private static byte[] header(int family, int compression) {
    byte[] header = new byte[HEADER_BYTES];
    little(header).putInt(MAGIC).putInt(VERSION).putInt(family);
    header[COMPRESSION_AT] = (byte) compression;
    return header;
  }

  private static boolean isFooter(byte[] end) {
    int crcAt = FOOTER_BYTES - Integer.BYTES;
    return little(end).getInt(0) == MAGIC && little(end).getInt(crcAt) == crc(end, crcAt);
  }

  private static byte[] footer() {
    byte[] footer = new byte[FOOTER_BYTES];
    little(footer).putInt(MAGIC);
    int crcAt = FOOTER_BYTES - Integer.BYTES;
    little(footer).putInt(crcAt, crc(footer, crcAt));
    return footer;
  }

  // --- records ----------------------------------------------------------------------------------

  /**
   * Tells where the damaged values are that can be found in a file.
   *
   * @param to gets a key, as far as it is right itself, and first and last byte
   * @return from where on it cannot be read; -1 where it can up to its end
   */
  static long damages(Path file, BiConsumer<byte[], long[]> to) throws IOException {
    byte[] head = new byte[RECORD_BYTES];
    long at = HEADER_BYTES;
    long end = Files.size(file);
    try (var in =
        new DataInputStream(
            new java.io.BufferedInputStream(new FileInputStream(file.toFile()), 1 << 16))) {
      in.skipNBytes(HEADER_BYTES);
      while (at + RECORD_BYTES <= end) {
        in.readFully(head);
        long keyLength = little(head).getLong(0);
        long valueLength = little(head).getLong(Long.BYTES);
        boolean isHead = crc(head, 24) == little(head).getInt(24);
        if (!isHead || keyLength < 0 || keyLength > LONGEST || valueLength > LONGEST) {
          // Where the next one begins is not known, or this is the footer.
          return at == end - FOOTER_BYTES && isFooter(head) ? -1 : at;
        }
        byte[] content = in.readNBytes((int) (keyLength + valueLength));
        long next = at + RECORD_BYTES + keyLength + valueLength;
        if (crc(content, content.length) != little(head).getInt(CONTENT_CRC_AT)) {
          to.accept(Arrays.copyOf(content, (int) keyLength), new long[] {at, next});
        }
        at = next;
      }
    } catch (EOFException e) {
      // It was cut within a record.
    }
    return Math.min(at, end);
  }

  private static int crc(byte[] bytes, int length) {
    var crc = new CRC32C();
    crc.update(bytes, 0, length);
    return FrameWriter.masked(crc);
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
