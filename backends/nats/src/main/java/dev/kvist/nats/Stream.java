package dev.kvist.nats;

import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the stream behind a bucket, as its servers tell it. Immutable; a bucket that is
 * made anew has another one.
 *
 * @param bucket the bucket's name
 * @param identity tells streams of this name apart, see {@link Versions}
 * @param created when it was made
 * @param codec how its keys are written
 * @param subjectPrefix what comes before a key in a subject
 * @param history how many messages of a key it keeps
 * @param allowsTtl whether messages may expire by themselves
 * @param markerTtl how long markers are kept; zero for as long as values
 * @param allowsAtomic whether several messages can be stored together or not at all
 * @param allowsDirect whether every replica answers reads
 * @param config all of its configuration
 */
record Stream(
    String bucket,
    long identity,
    Instant created,
    KeyCodec codec,
    String subjectPrefix,
    long history,
    boolean allowsTtl,
    Duration markerTtl,
    boolean allowsAtomic,
    boolean allowsDirect,
    StreamConfiguration config) {
  /** The metadata, and on servers without the words of the description, that mark our streams. */
  static final String KEYS = "kvist.keys";

  static final String KEYS_ENCODED = "1";
  static final String KEYS_IN_DESCRIPTION = KEYS + "=" + KEYS_ENCODED;

  /** The name of the stream of a bucket. */
  static String name(String bucket) {
    return "KV_" + bucket;
  }

  static Stream of(String bucket, StreamInfo info) {
    StreamConfiguration config = info.getConfiguration();
    Instant created = info.getCreateTime().toInstant();
    @Nullable Duration markerTtl = config.getSubjectDeleteMarkerTtl();
    return new Stream(
        bucket,
        Versions.identity(created.getEpochSecond() * 1_000_000_000 + created.getNano()),
        created,
        isOurs(config) ? KeyCodec.ENCODED : KeyCodec.LITERAL,
        "$KV." + bucket + ".",
        config.getMaxMsgsPerSubject(),
        config.getAllowMessageTtl(),
        markerTtl == null ? Duration.ZERO : markerTtl,
        config.getAllowAtomicPublish(),
        config.getAllowDirect(),
        config);
  }

  private static boolean isOurs(StreamConfiguration config) {
    @Nullable Map<String, String> metadata = config.getMetadata();
    @Nullable String description = config.getDescription();
    return (metadata != null && KEYS_ENCODED.equals(metadata.get(KEYS)))
        || (description != null && description.endsWith(KEYS_IN_DESCRIPTION));
  }

  /**
   * Whether what ends by itself is the end of its key. Where a key has several messages, the one
   * before would be its last again: an older value, also of a deleted key.
   */
  boolean keepsOneOfEachKey() {
    return history == 1;
  }

  /** The name of the stream. */
  String name() {
    return name(bucket);
  }

  /** The subject of a key. */
  String subject(byte[] key) {
    return subjectPrefix + codec.token(bucket, key);
  }

  /** The subject filter for all keys. */
  String allSubjects() {
    return subjectPrefix + ">";
  }

  /** The key of a subject; null when it is of none. */
  byte @Nullable [] key(String subject) {
    return subject.startsWith(subjectPrefix) ? codec.bytes(subject, subjectPrefix.length()) : null;
  }

  /** The narrowest subject filter for a prefix; null when no key can have it. */
  @Nullable String filter(byte[] prefix) {
    @Nullable String tokens = codec.filter(prefix);
    return tokens == null ? null : subjectPrefix + tokens;
  }
}
