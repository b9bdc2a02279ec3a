package dev.kvist.server.rows;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.kvist.KvEntry;
import dev.kvist.spi.Names;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rows of JSON, an object a line, as {@link JsonRowWriter} writes them; {@code version} and {@code
 * cursor} are passed over, as are lines that say {@code caught_up}.
 */
final class JsonRowReader implements RowReader {
  private static final List<String> ASIDES = List.of(" (start marker at ", ": base64 variant ");

  private static final Set<String> MEMBERS =
      Set.of(
          "op",
          "key",
          "key64",
          "value",
          "value64",
          "version",
          "cursor",
          "expires",
          "expired",
          "compressed");
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          // A line's length is bounded already.
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build();

  private final ByteInput in;

  JsonRowReader(ByteInput in) {
    this.in = in;
  }

  @Override
  public @Nullable Row next() throws IOException, BadRowException {
    while (true) {
      long line = in.line();
      if (!in.readLine()) {
        return null;
      }
      if (!blank()) {
        @Nullable Row row = parse(line);
        if (row != null) {
          return row;
        }
      }
    }
  }

  private boolean blank() {
    for (int i = 0; i < in.rowLength(); i++) {
      if (in.row()[i] != ' ' && in.row()[i] != '\t') {
        return false;
      }
    }
    return true;
  }

  /** The row; null when it says that a watch caught up. */
  private @Nullable Row parse(long line) throws BadRowException {
    try (JsonParser json = JSON.createParser(in.row(), 0, in.rowLength())) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new BadRowException(line, "is no JSON object");
      }
      var members = new Members(line);
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        members.take(name, json);
      }
      if (json.nextToken() != null) {
        throw new BadRowException(line, "has something behind its JSON object");
      }
      return members.row();
    } catch (JsonParseException e) {
      throw new BadRowException(
          line,
          "is not JSON at column " + Math.max(1, e.getLocation().getColumnNr()) + ": " + reason(e));
    } catch (JsonProcessingException e) {
      throw new BadRowException(line, "is not understood: " + reason(e));
    } catch (IOException e) {
      throw new BadRowException(line, "is not JSON in UTF-8: " + e.getMessage());
    }
  }

  /** Without what the parser says of itself, such as where it believes the input to come from. */
  private static String reason(JsonProcessingException e) {
    String message = e.getOriginalMessage();
    for (String aside : ASIDES) {
      int at = message.indexOf(aside);
      message = at < 0 ? message : message.substring(0, at);
    }
    return message;
  }

  @Override
  public long bytesRead() {
    return in.bytesRead();
  }

  /** The members of one object. */
  private static final class Members {
    private final long line;
    private String op = "put";
    private byte @Nullable [] key;
    private byte @Nullable [] value;
    private long expiresMillis = KvEntry.NEVER;
    private boolean compressed;

    Members(long line) {
      this.line = line;
    }

    void take(String name, JsonParser json) throws IOException, BadRowException {
      JsonToken token = json.nextToken();
      switch (name) {
        case "op" -> op = text(name, token, json);
        case "key", "key64" -> key = once("key", key, bytes(name, token, json));
        case "value", "value64" -> value = once("value", value, bytes(name, token, json));
        case "expires" ->
            expiresMillis =
                token == JsonToken.VALUE_NULL ? KvEntry.NEVER : deadline(text(name, token, json));
        case "compressed" -> compressed = flag(name, token);
        case "expired" -> flag(name, token);
        case "version", "cursor" -> {
          if (token != JsonToken.VALUE_NULL) {
            text(name, token, json);
          }
        }
        default -> throw unknown(name);
      }
    }

    private byte[] once(String name, byte @Nullable [] earlier, byte[] bytes)
        throws BadRowException {
      if (earlier != null) {
        throw new BadRowException(line, "has both '" + name + "' and '" + name + "64'");
      }
      return bytes;
    }

    private byte[] bytes(String name, JsonToken token, JsonParser json)
        throws IOException, BadRowException {
      String text = text(name, token, json);
      if (name.endsWith("64")) {
        return json.getBinaryValue();
      }
      if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
        throw new BadRowException(
            line,
            "has half a surrogate pair in its '"
                + name
                + "'; write such bytes as '"
                + name
                + "64'");
      }
      return text.getBytes(StandardCharsets.UTF_8);
    }

    private String text(String name, JsonToken token, JsonParser json)
        throws IOException, BadRowException {
      if (token != JsonToken.VALUE_STRING) {
        throw new BadRowException(line, "has a '" + name + "' that is no text in quotes");
      }
      return json.getText();
    }

    private boolean flag(String name, JsonToken token) throws BadRowException {
      if (!token.isBoolean()) {
        throw new BadRowException(line, "has a '" + name + "' that is neither true nor false");
      }
      return token == JsonToken.VALUE_TRUE;
    }

    private long deadline(String text) throws BadRowException {
      try {
        return Instant.parse(text).toEpochMilli();
      } catch (DateTimeException | ArithmeticException e) {
        throw new BadRowException(
            line, "has an 'expires' that is no instant such as 2030-01-31T12:00:00Z");
      }
    }

    private BadRowException unknown(String name) {
      @Nullable String nearest = Names.nearest(name, MEMBERS);
      return new BadRowException(
          line,
          "has an unknown member '"
              + name
              + "'"
              + (nearest == null ? "" : "; did you mean '" + nearest + "'?"));
    }

    @Nullable Row row() throws BadRowException {
      if (op.equals("caught_up")) {
        return null;
      }
      byte[] named = key;
      if (named == null || named.length == 0) {
        throw new BadRowException(line, named == null ? "has no 'key'" : "has an empty key");
      }
      return switch (op) {
        case "put" -> Row.put(line, named, stored(), expiresMillis, compressed);
        case "delete" -> Row.removal(line, Row.Op.DELETE, named);
        case "purge" -> Row.removal(line, Row.Op.PURGE, named);
        default ->
            throw new BadRowException(
                line, "has an unknown 'op'; use put, delete, purge or caught_up");
      };
    }

    private byte[] stored() throws BadRowException {
      byte[] stored = value;
      if (stored == null) {
        throw new BadRowException(line, "has no 'value'");
      }
      return stored;
    }
  }
}
