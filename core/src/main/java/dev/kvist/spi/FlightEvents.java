package dev.kvist.spi;

import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/**
 * The beginnings of the events that a flight recording has. Each is null while no recording wants
 * it, and what that costs is a read of a field, so that everybody may ask all the time.
 *
 * <p>The classes of the events are not touched before: the first of them would start the recorder,
 * which takes longer than to open a store and to get a value from it.
 */
public final class FlightEvents {
  /** A runtime image may lack the recorder. */
  private static final boolean IS_THERE = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private FlightEvents() {}

  private static boolean isStarted() {
    return IS_THERE && FlightRecorder.isInitialized();
  }

  /** Begins the event of an operation. */
  static @Nullable SlowOperationEvent operation() {
    return isStarted() ? SlowOperationEvent.begun() : null;
  }

  /** Begins the event of a sync, which comes now. */
  public static @Nullable SyncEvent sync() {
    return isStarted() ? SyncEvent.begun() : null;
  }

  /** Begins the event of a compaction, which comes now. */
  public static @Nullable CompactionEvent compaction() {
    return isStarted() ? CompactionEvent.begun() : null;
  }
}
