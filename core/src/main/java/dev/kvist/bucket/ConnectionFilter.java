package dev.kvist.bucket;

import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.KvException;

/**
 * The exact filter of a connection: a key of the bucket {@link Filter#BUCKET} for each {@linkplain
 * Member member}, with an empty value.
 */
final class ConnectionFilter implements Filter {
  private static final byte[] NOTHING = {};

  private final Connection connection;

  ConnectionFilter(Connection connection) {
    this.connection = connection;
  }

  @Override
  public boolean exists(String bucket, byte[] key) {
    byte[] member = Member.of(bucket, key);
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
    byte[] member = Member.of(bucket, key);
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
    byte[] member = Member.of(bucket, key);
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
}
