package dev.kvist.spi;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;

/** A sync of a log to its device, in a flight recording; {@link FlightEvents} begins it. */
@Name("dev.kvist.Sync")
@Label("Sync")
@Category("Kvist")
@Description("A sync of a log to its device that took longer than the threshold")
@Threshold("10 ms")
@StackTrace(false)
public final class SyncEvent extends Event {
  private static final SyncEvent PROBE = new SyncEvent();

  @Label("Store")
  @Description("Where the data is")
  String store = "";

  @Label("Bytes")
  @DataAmount
  long bytes;

  private SyncEvent() {}

  /** Null while no recording wants it. */
  static @Nullable SyncEvent begun() {
    if (!PROBE.isEnabled()) {
      return null;
    }
    var event = new SyncEvent();
    event.begin();
    return event;
  }

  /**
   * The sync has ended.
   *
   * @param synced where the data is
   * @param syncedBytes how many bytes it brought onto the device
   */
  public void done(String synced, long syncedBytes) {
    end();
    if (shouldCommit()) {
      store = synced;
      bytes = syncedBytes;
      commit();
    }
  }
}
