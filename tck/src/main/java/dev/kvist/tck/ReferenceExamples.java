package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.bucket.BucketStore;
import dev.kvist.bucket.Filter;
import dev.kvist.bucket.Filters;
import dev.kvist.bucket.Kv;
import dev.kvist.bucket.NamedFilter;
import dev.kvist.bucket.NamedStore;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The examples by which the bucket API is taught, each checking what it shows.
 *
 * <p>{@link #run} runs all of them on a connection. The others work on the store and filter that
 * are active in {@link Kv} and {@link Filters}, leave behind only keys that they overwrite
 * themselves, and may be run again. The registries are shared by the whole process: run one at a
 * time.
 */
public final class ReferenceExamples {
  /** What {@link #complete} prints, a line each. */
  public static final String COMPLETE_OUTPUT =
      """
      stored: greeting -> hello world
      retrieved: greeting -> hello world
      exists: true
      stored compressed: doc-001
      retrieved compressed: doc-001 -> {"payload": "large document content that benefits from compression..."}
      deleted: greeting (confirmed nil)
      """;

  private ReferenceExamples() {}

  /**
   * Runs every example on a connection, which is registered by that name meanwhile.
   *
   * @throws AssertionError when one does not show what it should
   * @throws IllegalStateException when the name is taken
   */
  public static void run(String name, Connection connection) {
    Kv.register(name, BucketStore.of(connection));
    try {
      Filters.register(name, Filter.of(connection));
      try {
        runRegistered(name);
      } finally {
        Filters.unregister(name);
      }
    } finally {
      Kv.unregister(name);
    }
  }

  private static void runRegistered(String name) {
    crud();
    compression();
    buckets();
    var printed = new ByteArrayOutputStream();
    complete(new PrintStream(printed, true, StandardCharsets.UTF_8));
    assertEquals(
        COMPLETE_OUTPUT,
        printed.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n"));
    namedStore(name);
    namedFilter(name);
    configuration(utf8("{\"workers\": 4}"));
    sessions("7f3a");
    cache("answer");
  }

  /** Stores a value, reads it, asks for it, deletes it. */
  public static void crud() {
    byte[] key = utf8("session-abc-123");
    Kv.addValue("user_sessions", key, utf8("{\"user_id\": \"u1\", \"expires\": \"2024-12-31\"}"));
    byte[] data = Kv.getValue("user_sessions", key);
    assertNotNull(data, "session not found");
    assertEquals("{\"user_id\": \"u1\", \"expires\": \"2024-12-31\"}", utf8(data));
    assertTrue(Kv.existsKey("user_sessions", key));

    Kv.deleteKey("user_sessions", key);
    assertNull(Kv.getValue("user_sessions", key));
    assertFalse(Kv.existsKey("user_sessions", key));
    Kv.deleteKey("user_sessions", key);
  }

  /** Stores a value compressed, and reads it as what it was and as what is stored. */
  public static void compression() {
    byte[] document =
        utf8(
            "{\"title\": \"...\", \"content\": \""
                + "very large document body ".repeat(100)
                + "\"}");
    Kv.addValueCompress("documents", utf8("doc-001"), document);
    assertArrayEquals(document, Kv.getCompressedValue("documents", utf8("doc-001")));
    byte[] raw = Kv.getValue("documents", utf8("doc-001"));
    assertTrue(raw != null && raw.length < document.length / 4, "the raw bytes are compressed");
  }

  /** Stores one key in two buckets. */
  public static void buckets() {
    Kv.addValue("cache", utf8("config"), utf8("{\"ttl\": 60}"));
    Kv.addValue("settings", utf8("config"), utf8("{\"theme\": \"dark\"}"));
    assertArrayEquals(utf8("{\"ttl\": 60}"), Kv.getValue("cache", utf8("config")));
    assertArrayEquals(utf8("{\"theme\": \"dark\"}"), Kv.getValue("settings", utf8("config")));
  }

  /**
   * The complete example: create, read, exists, compressed, delete. Prints {@link
   * #COMPLETE_OUTPUT}.
   */
  public static void complete(PrintStream out) {
    String bucket = "example";
    byte[] greeting = utf8("greeting");

    Kv.addValue(bucket, greeting, utf8("hello world"));
    out.println("stored: greeting -> hello world");

    byte[] value = Objects.requireNonNull(Kv.getValue(bucket, greeting));
    out.println("retrieved: greeting -> " + utf8(value));

    out.println("exists: " + Kv.existsKey(bucket, greeting));

    byte[] document = utf8("doc-001");
    Kv.addValueCompress(
        bucket,
        document,
        utf8("{\"payload\": \"large document content that benefits from compression...\"}"));
    out.println("stored compressed: doc-001");

    byte[] decompressed = Objects.requireNonNull(Kv.getCompressedValue(bucket, document));
    out.println("retrieved compressed: doc-001 -> " + utf8(decompressed));

    Kv.deleteKey(bucket, greeting);
    if (Kv.getValue(bucket, greeting) == null) {
      out.println("deleted: greeting (confirmed nil)");
    }
  }

  /** A store by its name, without buckets. */
  public static void namedStore(String name) {
    NamedStore store = Kv.store(name);
    store.set("my_key", utf8("my_value"));
    assertArrayEquals(utf8("my_value"), store.get("my_key"));
    store.delete("my_key");
    assertNull(store.get("my_key"));
  }

  /** A filter by its name, without buckets. */
  public static void namedFilter(String name) {
    NamedFilter filter = Filters.get(name);
    filter.add(utf8("item_to_track"));
    assertTrue(filter.contains(utf8("item_to_track")));
    assertFalse(filter.contains(utf8("item_never_seen")));
    assertNull(Kv.store(name).get("item_to_track"), "a filter makes no values");
  }

  /** Configuration that is there after a restart. */
  public static void configuration(byte[] configuration) {
    Kv.set("app_config", configuration);
    assertArrayEquals(configuration, Kv.get("app_config"));
  }

  /** Sessions: whoever is stored is a member, until deleted. */
  public static void sessions(String id) {
    byte[] session = utf8("session_" + id);
    assertFalse(Filters.contains(session));
    Kv.set(session, utf8("{\"user_id\": 123, \"expires\": \"2024-01-01\"}"));
    assertTrue(Filters.contains(session));
    Kv.delete(session);
    assertFalse(Filters.contains(session));
  }

  /** A cache of computed values. */
  public static void cache(String key) {
    byte[] cached = Kv.get("cache_" + key);
    if (cached == null) {
      cached = utf8("computed for " + key);
      Kv.set("cache_" + key, cached);
    }
    assertArrayEquals(cached, Kv.get("cache_" + key));
  }
}
