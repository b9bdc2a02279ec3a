package dev.kvist.rocksdb;

import dev.kvist.KvException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import org.rocksdb.RocksDBException;

/**
 * The watches that are open, and how far they are behind. One that is forgotten without a close
 * counts until it is garbage.
 */
final class OpenWatches {
  /** The log may be trimmed between a look for its beginning and the reading of it. */
  private static final int ATTEMPTS = 3;

  private final Set<WalChanges> open =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  void add(WalChanges watch) {
    open.add(watch);
  }

  void remove(WalChanges watch) {
    open.remove(watch);
  }

  /**
   * Says how many there are, and how far the slowest is behind: by changes that it has not read, in
   * its scope or not, and by the age of the oldest of them. Inside the gate.
   */
  void putInto(Map<String, Long> stats, Store store) throws RocksDBException {
    List<WalChanges> now;
    synchronized (open) {
      now = List.copyOf(open);
    }
    long newest = store.writes.counter();
    long slowest = newest;
    for (WalChanges watch : now) {
      slowest = Math.min(slowest, watch.readTo());
    }
    stats.put("watches.open", (long) now.size());
    stats.put("watches.updates", store.traffic.updatesDelivered.sum());
    stats.put("watches.lag.versions", newest - slowest);
    stats.put("watches.lag.millis", slowest == newest ? 0 : ageBehind(store, slowest));
  }

  /** The age of the oldest record behind a counter, or of the oldest that is left of those. */
  private static long ageBehind(Store store, long counter) throws RocksDBException {
    long from = counter;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      var log = new WalReader(store, from);
      try {
        return log.next() ? Math.max(0, store.clock.now() - log.writtenAt()) : 0;
      } catch (KvException.CursorExpired e) {
        from = Math.max(counter, store.firstLogged() - 1);
      } finally {
        log.close();
      }
    }
    return 0;
  }
}
