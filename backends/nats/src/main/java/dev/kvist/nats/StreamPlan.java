package dev.kvist.nats;

import dev.kvist.DiscardPolicy;
import dev.kvist.KvException;
import dev.kvist.StorageType;
import dev.kvist.StoreConfig;
import dev.kvist.spi.Quantity;
import io.nats.client.api.CompressionOption;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The stream that a bucket gets, and how one that is there differs from it. Pure; any thread.
 *
 * <p>It is made as streams of buckets are, but for what Kvist needs otherwise: reads are answered
 * by the leader alone, what a full bucket does can be chosen, and sequences begin at a time, so
 * that no two streams of one name ever share one.
 */
final class StreamPlan {
  /** What a bucket of JetStream can keep of a key. */
  static final int MOST_HISTORY = 64;

  private static final Duration DUPLICATE_WINDOW = Duration.ofMinutes(2);

  /** A server stores fewer messages in a millisecond, and a sequence stays below 2 to the 53rd. */
  private static final int SEQUENCES_OF_A_MILLISECOND = 1024;

  private final Settings settings;
  private final ServerFeatures features;

  StreamPlan(Settings settings, ServerFeatures features) {
    this.settings = settings;
    this.features = features;
  }

  /** The first sequence of a stream that is made now; never that of an earlier one. */
  static long firstSequence(long nowMillis) {
    return nowMillis * SEQUENCES_OF_A_MILLISECOND;
  }

  /**
   * The configuration of a bucket's stream.
   *
   * @throws KvException.Unsupported naming a field that the server cannot honour
   */
  StreamConfiguration of(String bucket, StoreConfig config, long nowMillis) {
    check(config);
    @Nullable Duration maxAge = config.maxAge();
    StreamConfiguration.Builder builder =
        StreamConfiguration.builder()
            .name(Stream.name(bucket))
            .subjects("$KV." + bucket + ".>")
            .maxMessagesPerSubject(config.maxHistory())
            .maxBytes(config.maxBytes() == 0 ? -1 : config.maxBytes())
            .maxAge(maxAge == null ? Duration.ZERO : maxAge)
            .storageType(
                storage(config) == StorageType.FILE
                    ? io.nats.client.api.StorageType.File
                    : io.nats.client.api.StorageType.Memory)
            .discardPolicy(
                config.discard() == DiscardPolicy.OLD
                    ? io.nats.client.api.DiscardPolicy.Old
                    : io.nats.client.api.DiscardPolicy.New)
            .replicas(replicas(config))
            .duplicateWindow(
                maxAge != null && maxAge.compareTo(DUPLICATE_WINDOW) < 0
                    ? maxAge
                    : DUPLICATE_WINDOW)
            .allowRollup(true)
            .denyDelete(true)
            .allowDirect(settings.directReads());
    if (config.compression()) {
      builder.compressionOption(CompressionOption.S2);
    }
    mark(builder, config.description());
    if (features.hasFirstSequence()) {
      builder.firstSequence(firstSequence(nowMillis));
    }
    if (features.hasTtl()) {
      builder.allowMessageTtl(true).subjectDeleteMarkerTtl(settings.markerRetention());
    }
    if (features.hasAtomicBatches()) {
      builder.allowAtomicPublish(true);
    }
    return builder.build();
  }

  private void mark(StreamConfiguration.Builder builder, String description) {
    if (features.hasMetadata()) {
      builder.description(description).metadata(Map.of(Stream.KEYS, Stream.KEYS_ENCODED));
    } else {
      builder.description((description + " " + Stream.KEYS_IN_DESCRIPTION).trim());
    }
  }

  private void check(StoreConfig config) {
    if (config.maxHistory() > MOST_HISTORY) {
      throw new KvException.Unsupported(
          "a NATS bucket has a maxHistory of at most "
              + MOST_HISTORY
              + ", not "
              + config.maxHistory());
    }
    if (config.compression() && !features.hasCompression()) {
      throw new KvException.Unsupported(
          "compression needs nats-server 2.10, and this one is " + features.version());
    }
  }

  private StorageType storage(StoreConfig config) {
    @Nullable StorageType asked = config.storage();
    return asked == null ? settings.storage() : asked;
  }

  private int replicas(StoreConfig config) {
    return config.replicas() == 1 ? settings.replicas() : config.replicas();
  }

  /**
   * What of a stream is not as asked for, as {@code field is A, and B was asked for}; empty when
   * all is.
   */
  List<String> differences(StreamConfiguration is, StoreConfig asked) {
    List<String> found = new ArrayList<>();
    compare(found, "description", description(is), asked.description());
    compare(
        found,
        "storage",
        is.getStorageType() == io.nats.client.api.StorageType.File
            ? StorageType.FILE
            : StorageType.MEMORY,
        storage(asked));
    compare(found, "maxHistory", is.getMaxMsgsPerSubject(), (long) asked.maxHistory());
    compare(
        found,
        "maxAge",
        Quantity.print(is.getMaxAge()),
        Quantity.print(Objects.requireNonNullElse(asked.maxAge(), Duration.ZERO)));
    compare(found, "maxBytes", Math.max(0, is.getMaxBytes()), asked.maxBytes());
    compare(
        found,
        "discard",
        is.getDiscardPolicy() == io.nats.client.api.DiscardPolicy.Old
            ? DiscardPolicy.OLD
            : DiscardPolicy.NEW,
        Objects.requireNonNullElse(asked.discard(), DiscardPolicy.NEW));
    compare(found, "replicas", is.getReplicas(), replicas(asked));
    compare(
        found,
        "compression",
        is.getCompressionOption() == CompressionOption.S2,
        asked.compression());
    return found;
  }

  private static void compare(List<String> found, String field, Object is, Object asked) {
    if (!is.equals(asked)) {
      found.add(field + " is " + is + ", and " + asked + " was asked for");
    }
  }

  private static String description(StreamConfiguration config) {
    @Nullable String text = config.getDescription();
    return text == null ? "" : text.replace(Stream.KEYS_IN_DESCRIPTION, "").trim();
  }

  /**
   * A stream's configuration with what was asked for, and all else as it is.
   *
   * @throws KvException.Unsupported when that cannot be changed
   */
  StreamConfiguration reconciled(String bucket, StreamConfiguration is, StoreConfig asked) {
    StreamConfiguration wanted = of(bucket, asked, 0);
    if (is.getStorageType() != wanted.getStorageType()) {
      throw new KvException.Unsupported(
          "bucket "
              + bucket
              + " has another storage, which cannot be changed: copy it to a new bucket");
    }
    StreamConfiguration.Builder builder =
        StreamConfiguration.builder(is)
            .maxMessagesPerSubject(wanted.getMaxMsgsPerSubject())
            .maxBytes(wanted.getMaxBytes())
            .maxAge(wanted.getMaxAge())
            .duplicateWindow(wanted.getDuplicateWindow())
            .discardPolicy(wanted.getDiscardPolicy())
            .replicas(wanted.getReplicas())
            .compressionOption(wanted.getCompressionOption());
    @Nullable String text = is.getDescription();
    boolean isMarkedByText = text != null && text.endsWith(Stream.KEYS_IN_DESCRIPTION);
    builder.description(
        isMarkedByText
            ? (asked.description() + " " + Stream.KEYS_IN_DESCRIPTION).trim()
            : asked.description());
    return builder.build();
  }
}
