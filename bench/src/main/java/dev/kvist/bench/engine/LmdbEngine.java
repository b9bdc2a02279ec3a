package dev.kvist.bench.engine;

import static java.nio.ByteBuffer.allocateDirect;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.CursorIterable;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.KeyRange;
import org.lmdbjava.Txn;

/** LMDB: one write transaction a put; each thread renews a read transaction of its own. */
final class LmdbEngine implements Engine {
  /** What one thread needs. */
  private static final class Session {
    final ByteBuffer key = allocateDirect(64);
    ByteBuffer value = allocateDirect(2048);
    @Nullable Txn<ByteBuffer> reading;
  }

  private final Env<ByteBuffer> env;
  private final Dbi<ByteBuffer> dbi;
  private final ThreadLocal<Session> sessions = ThreadLocal.withInitial(Session::new);
  private final List<Txn<ByteBuffer>> opened = new ArrayList<>();

  LmdbEngine(Subject.Setup setup) {
    long mapBytes = Math.max(8L << 30, 4 * setup.entries() * (setup.valueBytes() + 64L));
    Env.Builder<ByteBuffer> builder =
        Env.create().setMapSize(mapBytes).setMaxDbs(1).setMaxReaders(256);
    env =
        setup.synced()
            ? builder.open(setup.directory().toFile(), EnvFlags.MDB_NOTLS)
            : builder.open(setup.directory().toFile(), EnvFlags.MDB_NOTLS, EnvFlags.MDB_NOSYNC);
    dbi = env.openDbi("bench", DbiFlags.MDB_CREATE);
  }

  @Override
  public void put(byte[] key, byte[] value) {
    Session session = sessions.get();
    if (session.value.capacity() < value.length) {
      session.value = allocateDirect(value.length);
    }
    session.key.clear().put(key).flip();
    session.value.clear().put(value).flip();
    try (Txn<ByteBuffer> txn = env.txnWrite()) {
      dbi.put(txn, session.key, session.value);
      txn.commit();
    }
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    Session session = sessions.get();
    Txn<ByteBuffer> txn = reading(session);
    try {
      session.key.clear().put(key).flip();
      ByteBuffer found = dbi.get(txn, session.key);
      return found == null ? null : bytes(found);
    } finally {
      txn.reset();
    }
  }

  private Txn<ByteBuffer> reading(Session session) {
    Txn<ByteBuffer> txn = session.reading;
    if (txn == null) {
      txn = env.txnRead();
      session.reading = txn;
      synchronized (opened) {
        opened.add(txn);
      }
    } else {
      txn.renew();
    }
    return txn;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @Override
  public long scan(byte[] prefix, Visitor visitor) {
    return scan(prefix, prefix, Long.MAX_VALUE, visitor);
  }

  @Override
  public long scanFrom(byte[] first, int most, Visitor visitor) {
    return scan(first, new byte[0], most, visitor);
  }

  private long scan(byte[] first, byte[] prefix, long most, Visitor visitor) {
    KeyRange<ByteBuffer> range =
        first.length == 0
            ? KeyRange.all()
            : KeyRange.atLeast(allocateDirect(first.length).put(first).flip());
    long entries = 0;
    try (Txn<ByteBuffer> txn = env.txnRead();
        CursorIterable<ByteBuffer> cursor = dbi.iterate(txn, range)) {
      for (CursorIterable.KeyVal<ByteBuffer> entry : cursor) {
        byte[] key = bytes(entry.key());
        if (!RocksDbEngine.startsWith(key, prefix)) {
          break;
        }
        visitor.entry(key, bytes(entry.val()));
        if (++entries == most) {
          break;
        }
      }
    }
    return entries;
  }

  @Override
  public void close() {
    synchronized (opened) {
      opened.forEach(Txn::close);
    }
    env.close();
  }
}
