package dev.kvist.server.cli;

import dev.kvist.KvEntry;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 over entries: lengths, key, value, deadline and compressed flag of each, in the order
 * they are added.
 */
final class EntryDigest {
  private final MessageDigest sha256;
  private long count;

  EntryDigest() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  void add(byte[] key, KvEntry entry) {
    add(key, entry, entry.expiresMillis());
  }

  /** Adds an entry as if it had this deadline; null stands for an absent one. */
  void add(byte[] key, @Nullable KvEntry entry, long expiresMillis) {
    count++;
    int length = entry == null ? -1 : entry.value().length;
    var head = ByteBuffer.allocate(2 * Integer.BYTES + Long.BYTES + 1);
    head.putInt(key.length).putInt(length).putLong(expiresMillis);
    head.put((byte) (entry != null && entry.compressed() ? 1 : 0)).flip();
    sha256.update(head);
    sha256.update(key);
    if (entry != null) {
      sha256.update(entry.value());
    }
  }

  long count() {
    return count;
  }

  /** The digest in hexadecimal. To be asked for once: it ends the digest. */
  String hex() {
    return HexFormat.of().formatHex(sha256.digest());
  }
}
