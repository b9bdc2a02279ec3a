package dev.kvist.spi;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;

/** A call that took longer than the threshold, in a flight recording. Never its key or value. */
@Name("dev.kvist.SlowOperation")
@Label("Slow Operation")
@Category("Kvist")
@Description("A get, put, delete, batch or page of a scan that took longer than the threshold")
@Threshold("10 ms")
final class SlowOperationEvent extends Event {
  private static final SlowOperationEvent PROBE = new SlowOperationEvent();

  @Label("Operation")
  String operation = "";

  @Label("Bucket")
  @Description("Empty for a batch over several buckets")
  String bucket = "";

  @Label("Backend")
  String backend = "";

  private SlowOperationEvent() {}

  /** Null while no recording wants it. */
  static @Nullable SlowOperationEvent begun() {
    if (!PROBE.isEnabled()) {
      return null;
    }
    var event = new SlowOperationEvent();
    event.begin();
    return event;
  }
}
