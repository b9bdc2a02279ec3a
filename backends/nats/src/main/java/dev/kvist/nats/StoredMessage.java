package dev.kvist.nats;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.kvist.KvEntry;
import dev.kvist.spi.Quantity;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One message of a bucket's stream, with what its headers mean for a key. */
final class StoredMessage {
  /** The operation of a marker. */
  static final String OPERATION = "KV-Operation";

  static final String DELETE = "DEL";
  static final String PURGE = "PURGE";

  /** Set by a server on the marker of what expired, and by us so that a marker leaves none. */
  static final String MARKER_REASON = "Nats-Marker-Reason";

  static final String REMOVED = "Remove";
  static final String ROLLUP = "Nats-Rollup";
  static final String ROLLUP_SUBJECT = "sub";
  static final String TTL = "Nats-TTL";
  static final String EXPECTED_SEQUENCE = "Nats-Expected-Last-Subject-Sequence";
  static final String EXPECTED_SUBJECT = "Nats-Expected-Last-Subject-Sequence-Subject";
  static final String BATCH_ID = "Nats-Batch-Id";
  static final String BATCH_SEQUENCE = "Nats-Batch-Sequence";
  static final String BATCH_COMMIT = "Nats-Batch-Commit";

  /** Ours: the value is an LZ4 pair. */
  static final String COMPRESSED = "Kvist-Compressed";

  private static final JsonFactory JSON = new JsonFactory();
  private static final byte[] NOTHING = {};

  /** What a message is for its key. */
  enum Meaning {
    VALUE,
    DELETED,
    PURGED,
    EXPIRED
  }

  /** Its place in the stream. */
  final long sequence;

  /** When the server stored it, in milliseconds since 1970. */
  final long writtenMillis;

  final byte[] value;
  Meaning meaning = Meaning.VALUE;

  /** After which the server removes it; 0 for never. */
  long ttlSeconds;

  /** Whether the value is an LZ4 pair. */
  boolean compressed;

  private StoredMessage(long sequence, long writtenMillis, byte[] value) {
    this.sequence = sequence;
    this.writtenMillis = writtenMillis;
    this.value = value;
  }

  boolean isLive() {
    return meaning == Meaning.VALUE;
  }

  /** Its deadline in milliseconds since 1970, or {@link KvEntry#NEVER}. */
  long expiresMillis() {
    return ttlSeconds == 0 ? KvEntry.NEVER : writtenMillis + ttlSeconds * 1000;
  }

  /** It as the entry of a key. */
  KvEntry entry(Stream stream, byte[] key) {
    return isLive()
        ? KvEntry.value(
            stream.bucket(),
            key,
            value,
            Versions.of(stream, sequence, false),
            writtenMillis,
            expiresMillis(),
            compressed)
        : KvEntry.marker(
            stream.bucket(),
            key,
            Versions.of(stream, sequence, true),
            writtenMillis,
            meaning == Meaning.PURGED ? KvEntry.Kind.PURGED : KvEntry.Kind.DELETED);
  }

  /** One that a consumer delivered. */
  static StoredMessage delivered(Message message, Delivery delivery) {
    var stored =
        new StoredMessage(
            delivery.streamSequence(), delivery.timeNanos() / 1_000_000, message.getData());
    @Nullable Headers headers = message.getHeaders();
    if (headers != null) {
      for (String name : headers.keySet()) {
        stored.header(name, String.valueOf(headers.getFirst(name)));
      }
    }
    return stored;
  }

  /** One that a replica answered directly, with where it lies in headers. */
  static StoredMessage direct(Message message) {
    Headers headers = message.getHeaders();
    var stored =
        new StoredMessage(
            Long.parseLong(headers.getFirst("Nats-Sequence")),
            Instant.parse(headers.getFirst("Nats-Time-Stamp")).toEpochMilli(),
            message.getData().clone());
    for (String name : headers.keySet()) {
      stored.header(name, String.valueOf(headers.getFirst(name)));
    }
    return stored;
  }

  /**
   * The message of an answer of the leader.
   *
   * @throws ApiError when it is none
   */
  static StoredMessage answered(byte[] json) throws ApiError {
    long sequence = 0;
    long writtenMillis = 0;
    byte[] value = NOTHING;
    byte[] headers = NOTHING;
    try (JsonParser parser = JSON.createParser(json)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        if (name.equals("error")) {
          throw error(parser);
        }
        if (!name.equals("message")) {
          parser.skipChildren();
          continue;
        }
        if (token != JsonToken.START_OBJECT) {
          break;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String field = parser.currentName();
          parser.nextToken();
          switch (field) {
            case "seq" -> sequence = parser.getLongValue();
            case "time" -> writtenMillis = Instant.parse(parser.getText()).toEpochMilli();
            case "data" -> value = parser.getBinaryValue();
            case "hdrs" -> headers = parser.getBinaryValue();
            default -> parser.skipChildren();
          }
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("a NATS server sent malformed JSON", e);
    }
    var stored = new StoredMessage(sequence, writtenMillis, value);
    stored.headers(headers);
    return stored;
  }

  /** Reads an error, with the parser on its beginning. */
  static ApiError error(JsonParser parser) throws IOException {
    int status = 0;
    int code = 0;
    String description = "";
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "code" -> status = parser.getIntValue();
        case "err_code" -> code = parser.getIntValue();
        case "description" -> description = parser.getText();
        default -> parser.skipChildren();
      }
    }
    return new ApiError(status, code, description);
  }

  static JsonParser parser(byte[] json) throws IOException {
    return JSON.createParser(json);
  }

  private void headers(byte[] block) {
    if (block.length == 0) {
      return;
    }
    String text = new String(block, StandardCharsets.ISO_8859_1);
    int line = text.indexOf("\r\n") + 2;
    for (int end = text.indexOf("\r\n", line); end > line; end = text.indexOf("\r\n", line)) {
      int colon = text.indexOf(':', line);
      if (colon > 0 && colon < end) {
        header(text.substring(line, colon), text.substring(colon + 1, end).trim());
      }
      line = end + 2;
    }
  }

  private void header(String name, String content) {
    switch (name) {
      case OPERATION ->
          meaning =
              switch (content) {
                case DELETE -> Meaning.DELETED;
                case PURGE -> Meaning.PURGED;
                default -> meaning;
              };
      // Beside an operation it says no more than that no other marker is wanted.
      case MARKER_REASON -> {
        if (meaning == Meaning.VALUE) {
          meaning =
              switch (content) {
                case "MaxAge" -> Meaning.EXPIRED;
                case "Purge" -> Meaning.PURGED;
                default -> Meaning.DELETED;
              };
        }
      }
      case TTL -> ttlSeconds = ttlSeconds(content);
      case COMPRESSED -> compressed = true;
      default -> {
        // Not ours.
      }
    }
  }

  /** Seconds, or a duration as Go writes it; 0 for "never". */
  private static long ttlSeconds(String text) {
    if (!text.isEmpty() && text.length() < 19 && text.chars().allMatch(Character::isDigit)) {
      return Long.parseLong(text);
    }
    @Nullable Duration duration = Quantity.parseDuration(text.toLowerCase(Locale.ROOT));
    return duration == null ? 0 : duration.toSeconds();
  }
}
