package dev.kvist.nats;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A server's answer to what was published.
 *
 * @param sequence of the message, of a batch that of its last one
 */
record Acknowledged(long sequence) {
  /**
   * Reads it.
   *
   * @throws ApiError when it says that nothing was stored
   */
  static Acknowledged of(byte[] json) throws ApiError {
    long sequence = 0;
    @Nullable ApiError error = null;
    try (JsonParser parser = StoredMessage.parser(json)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "seq" -> sequence = parser.getLongValue();
          case "error" -> error = StoredMessage.error(parser);
          default -> parser.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("a NATS server sent malformed JSON", e);
    }
    if (error != null) {
      throw error;
    }
    return new Acknowledged(sequence);
  }
}
