package dev.kvist.bucket;

import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.spi.Names;

/**
 * The exact filter of a connection: a key of the bucket {@link Filter#BUCKET} for each member, with
 * an empty value.
 *
 * <pre>
 *   offset  bytes  what
 *        0      1  length n of the bucket's name, 1 to 64
 *        1      n  the bucket's name, ASCII
 *    1 + n      m  the member, at least 1 byte
 * </pre>
 *
 * The length in front keeps bucket and member apart, so that no two pairs meet.
 */
final class ConnectionFilter implements Filter {
  private static final byte[] NOTHING = {};

  private final Connection connection;

  ConnectionFilter(Connection connection) {
    this.connection = connection;
  }

  @Override
  public boolean exists(String bucket, byte[] key) {
    byte[] member = member(bucket, key);
    return fits(member) && connection.store(BUCKET).reader().exists(member);
  }

  @Override
  public void add(String bucket, byte[] key) {
    byte[] member = checked(bucket, key);
    // A put over a member would be a write, and an update to whoever watches, that changes nothing.
    if (!connection.store(BUCKET).reader().exists(member)) {
      connection.store(BUCKET).writer().put(member, NOTHING);
    }
  }

  @Override
  public void delete(String bucket, byte[] key) {
    byte[] member = member(bucket, key);
    if (fits(member)) {
      connection.store(BUCKET).writer().delete(member);
    }
  }

  @Override
  public boolean checkThenAdd(String bucket, byte[] key) {
    byte[] member = checked(bucket, key);
    if (!connection.capabilities().has(Capability.CAS)) {
      throw new KvException.Unsupported(
          "an atomic checkThenAdd needs a backend with the capability cas; use exists and add where a race is harmless");
    }
    // The create alone decides; the read before it spares members that are there the cost of a
    // refused write.
    if (connection.store(BUCKET).reader().exists(member)) {
      return true;
    }
    try {
      connection.store(BUCKET).writer().create(member, NOTHING);
      return false;
    } catch (KvException.AlreadyExists e) {
      return true;
    }
  }

  private byte[] checked(String bucket, byte[] key) {
    byte[] member = member(bucket, key);
    if (!fits(member)) {
      int limit = connection.capabilities().maxKeySize() - (member.length - key.length);
      throw new IllegalArgumentException(
          "a key in bucket "
              + bucket
              + " of this filter has 1 to "
              + limit
              + " bytes, and this one has "
              + key.length);
    }
    return member;
  }

  private boolean fits(byte[] member) {
    return member.length <= connection.capabilities().maxKeySize();
  }

  private static byte[] member(String bucket, byte[] key) {
    byte[] name = Kvist.utf8(Names.checkBucket(bucket));
    if (key.length == 0) {
      throw new IllegalArgumentException("a key has at least 1 byte");
    }
    byte[] member = new byte[1 + name.length + key.length];
    member[0] = (byte) name.length;
    System.arraycopy(name, 0, member, 1, name.length);
    System.arraycopy(key, 0, member, 1 + name.length, key.length);
    return member;
  }
}
