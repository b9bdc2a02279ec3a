package dev.kvist.spi;

import dev.kvist.Capabilities;
import dev.kvist.Capability;
import dev.kvist.KvException;
import dev.kvist.StorageType;
import dev.kvist.StoreConfig;

/** What the engines that run within the process have in common. */
public final class EmbeddedEngine {
  private static final Capability[] READING = {
    Capability.SCAN,
    Capability.ORDERED_SCAN,
    Capability.MULTI_GET,
    Capability.MARKERS,
    Capability.MAINTENANCE
  };

  private static final Capability[] WRITING = {
    Capability.CAS,
    Capability.BATCH,
    Capability.BATCH_ACROSS_BUCKETS,
    Capability.TTL,
    Capability.PURGE,
    Capability.WATCH,
    Capability.WATCH_PREFIXES,
    Capability.WATCH_CURSOR,
    Capability.DROP
  };

  private EmbeddedEngine() {}

  /**
   * What such an engine supports: all of it natively, or what reads where the store is open
   * read-only.
   *
   * @param limited has the engine's limits and its durability
   */
  public static Capabilities capabilities(Capabilities.Builder limited, boolean readOnly) {
    limited.natively(READING);
    if (!readOnly) {
      return limited.natively(WRITING).build();
    }
    for (Capability capability : WRITING) {
      limited.absent(capability, "the store is open read-only");
    }
    return limited.build();
  }

  /**
   * What an acknowledged write survives, in words (K8).
   *
   * @param syncWrites whether each is synced before it is acknowledged
   * @param flushIntervalMillis how often all are synced otherwise
   */
  public static String durability(
      StorageType storage, boolean syncWrites, long flushIntervalMillis) {
    if (storage == StorageType.MEMORY) {
      return "an acknowledged write lives as long as the connection";
    }
    return syncWrites
        ? "an acknowledged write survives power loss"
        : "an acknowledged write survives a kill of the process; a power loss costs at most the last "
            + flushIntervalMillis
            + " ms";
  }

  /**
   * Refuses what the buckets of such an engine cannot have of their own.
   *
   * @param engine the scheme of its URIs, for the message
   * @param storage of the whole store
   * @param maxBytes what the message says of that field, such as what there is in its place
   * @param compression the same of that one
   * @throws KvException.Unsupported that names the field
   */
  public static void refuseUnsupported(
      StoreConfig config, String engine, StorageType storage, String maxBytes, String compression) {
    boolean elsewhere = config.storage() != null && config.storage() != storage;
    refuse(engine, elsewhere, "storage " + config.storage());
    refuse(engine, config.maxHistory() != 1, "maxHistory " + config.maxHistory());
    refuse(engine, config.maxAge() != null, "maxAge; give keys a TTL instead");
    refuse(engine, config.maxBytes() != 0, maxBytes);
    refuse(engine, config.discard() != null, "discard");
    refuse(engine, config.replicas() != 1, "replicas " + config.replicas());
    refuse(engine, config.compression(), compression);
    refuse(engine, !config.description().isEmpty(), "description");
  }

  private static void refuse(String engine, boolean asked, String field) {
    if (asked) {
      throw new KvException.Unsupported("a bucket of " + engine + ": has no " + field);
    }
  }
}
