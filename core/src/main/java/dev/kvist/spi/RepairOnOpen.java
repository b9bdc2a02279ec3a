package dev.kvist.spi;

import dev.kvist.Connection;
import dev.kvist.KvException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the setting {@code repair_on_open} of an embedded backend does. For any thread. */
public final class RepairOnOpen {
  private static final Logger LOG = LoggerFactory.getLogger(RepairOnOpen.class);

  private RepairOnOpen() {}

  /**
   * Opens a store; one that is damaged is repaired, with the damage in the log, and opened again.
   *
   * @param path of the store, for the log
   * @param allowed whether it may be repaired
   * @throws KvException.Corrupted when it is damaged and may not be repaired
   */
  public static Connection open(
      Path path, boolean allowed, Supplier<Connection> open, Runnable repair) {
    try {
      return open.get();
    } catch (KvException.Corrupted e) {
      if (!allowed) {
        throw e;
      }
      LOG.error("{}: is repaired, as repair_on_open says", path, e);
      repair.run();
      return open.get();
    }
  }
}
