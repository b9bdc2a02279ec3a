package dev.kvist.rocksdb;

import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * A store on disk with what a store in memory holds, entry by entry: RocksDB's checkpoints stay in
 * the environment of their database.
 */
final class DiskCopy {
  private static final int AT_ONCE = 512;

  private DiskCopy() {}

  /**
   * Writes to a folder, which is made.
   *
   * <p>What is written meanwhile may be in the copy or not.
   */
  static void write(Store from, Path to) throws IOException {
    Files.createDirectories(to);
    Settings settings = from.database.settings.onDisk(from.database.settings.singleBucketMode());
    try (Store copy =
        Store.open(
            to, null, settings, KvObserver.NONE, System::currentTimeMillis, from.epochs.newest())) {
      Iterator<String> names = from.definitions.names();
      while (names.hasNext()) {
        copy(from, names.next(), copy);
      }
    }
  }

  private static void copy(Store from, String name, Store to) {
    to.writes.change(group -> group.define(name));
    List<Op> some = new ArrayList<>();
    for (KvEntry entry : ScanPages.entries(from, null, name, KeyRange.all())) {
      Op op = new Op(Op.Kind.PUT, name, to.definitions.bucket(name), entry.key());
      op.value(entry.value(), entry.compressed());
      op.deadline = entry.expiresMillis();
      some.add(op);
      if (some.size() == AT_ONCE) {
        to.writes.apply(List.copyOf(some));
        some.clear();
      }
    }
    if (!some.isEmpty()) {
      to.writes.apply(some);
    }
  }
}
