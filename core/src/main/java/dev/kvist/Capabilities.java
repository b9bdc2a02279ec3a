package dev.kvist;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a connection supports, with its limits. Immutable. */
public final class Capabilities {
  /**
   * How one capability is supported.
   *
   * @param note the cost of an emulation or the reason of an absence; empty where there is nothing
   *     to say
   */
  public record Detail(Support support, String note) {}

  private static final Detail ABSENT = new Detail(Support.ABSENT, "");

  private final Map<Capability, Detail> details;
  private final int maxKeySize;
  private final long maxValueSize;
  private final int maxBatchOps;
  private final Duration ttlResolution;
  private final String durability;

  private Capabilities(Builder builder) {
    this.details = new EnumMap<>(builder.details);
    this.maxKeySize = builder.maxKeySize;
    this.maxValueSize = builder.maxValueSize;
    this.maxBatchOps = builder.maxBatchOps;
    this.ttlResolution = builder.ttlResolution;
    this.durability = builder.durability;
  }

  /** Starts with everything absent. */
  public static Builder builder() {
    return new Builder();
  }

  /** How a capability is supported, with its note. */
  public Detail detail(Capability capability) {
    @Nullable Detail detail = details.get(capability);
    return detail == null ? ABSENT : detail;
  }

  /** How a capability is supported. */
  public Support support(Capability capability) {
    return detail(capability).support();
  }

  /** Whether a capability is there, native or emulated. */
  public boolean has(Capability capability) {
    return support(capability) != Support.ABSENT;
  }

  /** The longest key in bytes; at least 1,024. */
  public int maxKeySize() {
    return maxKeySize;
  }

  /** The longest value in bytes. */
  public long maxValueSize() {
    return maxValueSize;
  }

  /** The greatest number of operations of a batch; 0 without batches. */
  public int maxBatchOps() {
    return maxBatchOps;
  }

  /** What TTLs are rounded up to. */
  public Duration ttlResolution() {
    return ttlResolution;
  }

  /** What an acknowledged write survives, in a sentence (K8). */
  public String durability() {
    return durability;
  }

  /** Each capability with its support, and the limits. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (Capability capability : Capability.values()) {
      String support = support(capability).name().toLowerCase(Locale.ROOT);
      text.append(capability).append(' ').append(support).append(", ");
    }
    return text.append("keys to ")
        .append(maxKeySize)
        .append(" bytes, values to ")
        .append(maxValueSize)
        .append(" bytes, batches to ")
        .append(maxBatchOps)
        .append(" operations, ")
        .append(durability)
        .toString();
  }

  /** Collects them. For one thread. */
  public static final class Builder {
    private final Map<Capability, Detail> details = new EnumMap<>(Capability.class);
    private int maxKeySize = 1024;
    private long maxValueSize = 1 << 20;
    private int maxBatchOps;
    private Duration ttlResolution = Duration.ofMillis(1);
    private String durability = "";

    private Builder() {}

    /** These are native. */
    public Builder natively(Capability... capabilities) {
      for (Capability capability : capabilities) {
        details.put(capability, new Detail(Support.NATIVE, ""));
      }
      return this;
    }

    /** This one is emulated, at this cost. */
    public Builder emulated(Capability capability, String note) {
      details.put(capability, new Detail(Support.EMULATED, note));
      return this;
    }

    /** This one is absent, for this reason. */
    public Builder absent(Capability capability, String note) {
      details.put(capability, new Detail(Support.ABSENT, note));
      return this;
    }

    /** The longest key, the longest value (bytes), the most operations of a batch. */
    public Builder limits(int maxKeySize, long maxValueSize, int maxBatchOps) {
      this.maxKeySize = maxKeySize;
      this.maxValueSize = maxValueSize;
      this.maxBatchOps = maxBatchOps;
      return this;
    }

    /** What TTLs are rounded up to. */
    public Builder ttlResolution(Duration resolution) {
      this.ttlResolution = resolution;
      return this;
    }

    /** What an acknowledged write survives. */
    public Builder durability(String sentence) {
      this.durability = sentence;
      return this;
    }

    /** The result. */
    public Capabilities build() {
      return new Capabilities(this);
    }
  }
}
