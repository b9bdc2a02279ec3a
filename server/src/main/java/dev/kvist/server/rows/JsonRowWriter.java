package dev.kvist.server.rows;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import dev.kvist.KvEntry;
import dev.kvist.KvUpdate;
import dev.kvist.WatchCursor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Entries and updates as JSON lines: {@code {"op","key" or "key64","value" or
 * "value64","version","cursor","expires", "expired","compressed"}}.
 *
 * <p>{@code op} is put, delete, purge or caught_up. Keys and values that are UTF-8 are written as
 * text, others as base64 under the name with {@code 64}. A member that does not apply is left out;
 * {@code expires} is an ISO instant, {@code expired} comes with each delete, {@code compressed}
 * only when it is true. For one thread.
 */
public final class JsonRowWriter implements RowWriter {
  private final JsonGenerator json;

  /** Lines go to this output. */
  public JsonRowWriter(OutputStream out) throws IOException {
    json = new JsonFactory().createGenerator(out);
    json.setPrettyPrinter(new MinimalPrettyPrinter(""));
  }

  @Override
  public void write(KvEntry entry) throws IOException {
    put(entry, null);
    end();
  }

  /** Writes one update of a watch. */
  public void write(KvUpdate update) throws IOException {
    switch (update) {
      case KvUpdate.Put put -> put(put.entry(), put.cursor());
      case KvUpdate.Delete delete -> {
        begin("delete");
        bytes("key", delete.key());
        json.writeStringField("version", delete.version().toString());
        cursor(delete.cursor());
        json.writeBooleanField("expired", delete.expired());
      }
      case KvUpdate.Purge purge -> {
        begin("purge");
        bytes("key", purge.key());
        json.writeStringField("version", purge.version().toString());
        cursor(purge.cursor());
      }
      case KvUpdate.CaughtUp caughtUp -> {
        begin("caught_up");
        cursor(caughtUp.cursor());
      }
    }
    end();
  }

  private void put(KvEntry entry, @Nullable WatchCursor cursor) throws IOException {
    begin("put");
    bytes("key", entry.key());
    bytes("value", entry.value());
    json.writeStringField("version", entry.version().toString());
    cursor(cursor);
    Instant expires = entry.expires();
    if (expires != null) {
      json.writeStringField("expires", expires.toString());
    }
    if (entry.compressed()) {
      json.writeBooleanField("compressed", true);
    }
  }

  private void begin(String op) throws IOException {
    json.writeStartObject();
    json.writeStringField("op", op);
  }

  private void end() throws IOException {
    json.writeEndObject();
    json.writeRaw('\n');
  }

  private void bytes(String name, byte[] bytes) throws IOException {
    String text = text(bytes);
    if (text != null) {
      json.writeStringField(name, text);
    } else {
      json.writeBinaryField(name + "64", bytes);
    }
  }

  private void cursor(@Nullable WatchCursor cursor) throws IOException {
    if (cursor != null) {
      json.writeStringField("cursor", cursor.toString());
    }
  }

  /** The text of UTF-8 bytes; null when they are none. */
  private static @Nullable String text(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  @Override
  public void flush() throws IOException {
    json.flush();
  }
}
