package dev.kvist.nats;

import dev.kvist.Capabilities;
import dev.kvist.Capability;
import java.time.Duration;

/** What a connection supports, by the version of its server. */
final class Abilities {
  private static final String READ_ONLY = "the connection is read-only";

  private Abilities() {}

  static Capabilities of(ServerFeatures features, long maxPayload, boolean readOnly) {
    Capabilities.Builder builder =
        Capabilities.builder()
            .limits(
                Limits.MAX_KEY_BYTES,
                maxPayload - Limits.HEADER_BYTES,
                features.hasAtomicBatches() && !readOnly ? AtomicBatch.MAX_OPS : 0)
            .ttlResolution(Duration.ofSeconds(1))
            .durability(
                "an acknowledged write is with a majority of the bucket's replicas; a server that loses"
                    + " power may lose its last sync_interval, two minutes unless it is set")
            .natively(
                Capability.SCAN, Capability.MARKERS, Capability.WATCH, Capability.WATCH_CURSOR)
            .emulated(Capability.MULTI_GET, "a request a key, of which many are under way at once")
            .absent(
                Capability.ORDERED_SCAN, "a stream is in the order of writes, not in that of keys")
            .absent(
                Capability.BATCH_ACROSS_BUCKETS,
                "each bucket is a stream, and what is stored together is stored in one")
            .absent(
                Capability.MAINTENANCE,
                "the servers keep the data: use the backup and the checks of the nats command");
    if (features.hasManyFilters()) {
      builder.natively(Capability.WATCH_PREFIXES);
    } else {
      builder.emulated(
          Capability.WATCH_PREFIXES,
          "below nats-server 2.10 a watch of several prefixes is sent everything under the tokens that"
              + " they share, and leaves out what is not asked for");
    }
    if (readOnly) {
      for (Capability capability :
          new Capability[] {
            Capability.CAS, Capability.PURGE, Capability.DROP, Capability.TTL, Capability.BATCH
          }) {
        builder.absent(capability, READ_ONLY);
      }
      return builder.build();
    }
    builder.natively(Capability.CAS, Capability.PURGE, Capability.DROP);
    newer(builder, Capability.TTL, features.hasTtl(), "2.11", features);
    newer(builder, Capability.BATCH, features.hasAtomicBatches(), "2.12", features);
    return builder.build();
  }

  private static void newer(
      Capabilities.Builder builder,
      Capability capability,
      boolean has,
      String since,
      ServerFeatures features) {
    if (has) {
      builder.natively(capability);
    } else {
      builder.absent(
          capability, "it needs nats-server " + since + ", and this one is " + features.version());
    }
  }
}
