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
    return env.computeInReadonlyTransaction(txn -> {
      long entries = 0;
      try (Cursor cursor = store.openCursor(txn)) {
        boolean more =
            prefix.length == 0
                ? cursor.getNext()
                : cursor.getSearchKeyRange(new ArrayByteIterable(prefix)) != null;
        for (; more; more = cursor.getNext()) {
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
  public void close() {
    env.close();
  }
}
