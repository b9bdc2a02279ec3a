package dev.kvist.bench.engine;

import java.io.File;
import java.io.IOException;
import java.util.Map;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import org.jspecify.annotations.Nullable;

/** Chronicle Map in a persisted file; after an unclean end it is recovered. */
final class ChronicleMapEngine implements Engine {
  private final ChronicleMap<byte[], byte[]> map;

  /** There while the map is open: how the next open knows whether it has to recover. */
  private final File unclean;

  ChronicleMapEngine(Subject.Setup setup) throws IOException {
    File file = setup.file("store.chm");
    unclean = setup.file("unclean");
    ChronicleMapBuilder<byte[], byte[]> builder =
        ChronicleMapBuilder.of(byte[].class, byte[].class)
            .name("bench")
            .entries(setup.entries() + setup.entries() / 10 + 64)
            .constantKeySizeBySample(new byte[16])
            .averageValueSize(setup.valueBytes());
    boolean recover = !unclean.createNewFile() && file.exists();
    map = recover ? builder.recoverPersistedTo(file, false) : builder.createPersistedTo(file);
  }

  @Override
  public void put(byte[] key, byte[] value) {
    map.put(key, value);
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    return map.get(key);
  }

  @Override
  public long scan(byte[] prefix, Visitor visitor) {
    long entries = 0;
    for (Map.Entry<byte[], byte[]> entry : map.entrySet()) {
      visitor.entry(entry.getKey(), entry.getValue());
      entries++;
    }
    return entries;
  }

  @Override
  public void close() throws IOException {
    map.close();
    if (!unclean.delete()) {
      throw new IOException(unclean + " cannot be deleted");
    }
  }
}
