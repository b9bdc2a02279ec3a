package dev.kvist.bench.engine;

import java.util.Arrays;
import jetbrains.exodus.ArrayByteIterable;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.StoreConfig;
import org.jspecify.annotations.Nullable;

/** Xodus: one exclusive transaction a put. */
final class XodusEngine implements Engine {
  private final Environment env;
  private final Store store;

  XodusEngine(Subject.Setup setup) {
    EnvironmentConfig config = new EnvironmentConfig().setLogDurableWrite(setup.synced());
    if (setup.cacheBytes() > 0) {
      config.setMemoryUsage(setup.cacheBytes());
    }
    env = Environments.newInstance(setup.directory().toFile(), config);
    store =
        env.computeInTransaction(
            txn -> env.openStore("bench", StoreConfig.WITHOUT_DUPLICATES_WITH_PREFIXING, txn));
  }

  @Override
  public void put(byte[] key, byte[] value) {
    env.executeInExclusiveTransaction(
        txn -> store.put(txn, new ArrayByteIterable(key), new ArrayByteIterable(value)));
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    return env.<byte @Nullable []>computeInReadonlyTransaction(txn -> {
      @Nullable ByteIterable value = store.get(txn, new ArrayByteIterable(key));
      return value == null ? null : bytes(value);
    });
  }

  private static byte[] bytes(ByteIterable iterable) {
    return Arrays.copyOf(iterable.getBytesUnsafe(), iterable.getLength());
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
    return env.computeInReadonlyTransaction(txn -> {
      long entries = 0;
      try (Cursor cursor = store.openCursor(txn)) {
        boolean more =
            first.length == 0
                ? cursor.getNext()
                : cursor.getSearchKeyRange(new ArrayByteIterable(first)) != null;
        for (; more && entries < most; more = cursor.getNext()) {
          byte[] key = bytes(cursor.getKey());
          if (!RocksDbEngine.startsWith(key, prefix)) {
            break;
          }
          visitor.entry(key, bytes(cursor.getValue()));
          entries++;
        }
      }
      return entries;
    });
  }

  @Override
  public void delete(byte[] key) {
    env.executeInExclusiveTransaction(txn -> store.delete(txn, new ArrayByteIterable(key)));
  }

  /** Asks for a collection; it runs in the background, and says nothing when it is done. */
  @Override
  public void reclaim() {
    env.gc();
  }

  @Override
  public void close() {
    env.close();
  }
}
