package dev.kvist.spi;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A compaction, in a flight recording; {@link FlightEvents} begins it. */
@Name("dev.kvist.Compaction")
@Label("Compaction")
@Category("Kvist")
@Description("A compaction of one file")
@StackTrace(false)
public final class CompactionEvent extends Event {
  private static final CompactionEvent PROBE = new CompactionEvent();

  @Label("Store")
  @Description("Where the data is")
  String store = "";

  @Label("Bytes Read")
  @DataAmount
  long bytesRead;

  @Label("Bytes Kept")
  @Description("How much of that was still current and was written again")
  @DataAmount
  long bytesKept;

  private CompactionEvent() {}

  /** Null while no recording wants it. */
  static @Nullable CompactionEvent begun() {
    if (!PROBE.isEnabled()) {
      return null;
    }
    var event = new CompactionEvent();
    event.begin();
    return event;
  }

  /**
   * The compaction has ended.
   *
   * @param compacted where the data is
   * @param read bytes of the file that goes
   * @param kept bytes that were written again
   */
  public void done(String compacted, long read, long kept) {
    end();
    if (shouldCommit()) {
      store = compacted;
      bytesRead = read;
      bytesKept = kept;
      commit();
    }
  }
}
