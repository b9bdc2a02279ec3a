package dev.kvist.nats;

import io.nats.client.api.ServerInfo;

/**
 * What the server of the first connection can do, by its version. Servers silently ignore what they
 * do not know: what counts for a bucket is what its stream says when it is read back.
 *
 * @param version as the server says it
 */
record ServerFeatures(
    String version,
    boolean hasMetadata,
    boolean hasCompression,
    boolean hasFirstSequence,
    boolean hasManyFilters,
    boolean hasTtl,
    boolean hasManyDirectReads,
    boolean hasAtomicBatches) {
  static ServerFeatures of(ServerInfo info) {
    boolean is210 = info.isSameOrNewerThanVersion("2.10.0");
    boolean is211 = info.isSameOrNewerThanVersion("2.11.0");
    boolean is212 = info.isSameOrNewerThanVersion("2.12.0");
    // Those from 2.10.0 to at least 2.10.27 take first_seq, and lose the whole stream at a restart
    // (https://github.com/nats-io/nats-server/pull/6753); all of 2.12 came after the correction.
    boolean keepsFirstSequence = is212;
    return new ServerFeatures(
        info.getVersion(), is210, is210, keepsFirstSequence, is210, is211, is211, is212);
  }
}
