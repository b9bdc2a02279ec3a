import static dev.kvist.Kvist.utf8;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.bucket.BucketStore;
import dev.kvist.bucket.Filter;
import dev.kvist.bucket.Filters;
import dev.kvist.bucket.Kv;

/**
 * Configuration, sessions and a cache, on the store of a URI; {@code memory:} without one. Run it as
 * CompleteExample.java; on a store with a directory a second run finds what the first one left.
 */
final class UseCases {
  public static void main(String[] arguments) {
    String uri = arguments.length == 0 ? "memory:" : arguments[0];
    try (Connection connection = Kvist.open(uri)) {
      Kv.register("example", BucketStore.of(connection));
      Filters.register("example", Filter.of(connection));
      configuration();
      sessions("7f3a");
      cache("answer");
      Filters.unregister("example");
      Kv.unregister("example");
    }
  }

  private static void configuration() {
    byte[] found = Kv.get("app_config");
    System.out.println("app_config at start: " + (found == null ? "none" : utf8(found)));
    Kv.set("app_config", utf8("{\"workers\": 4}"));
  }

  private static void sessions(String id) {
    byte[] session = utf8("session_" + id);
    Kv.set(session, utf8("{\"user_id\": 123, \"expires\": \"2024-01-01\"}"));
    System.out.println("logged in: " + Filters.contains(session));
    Kv.delete(session);
    System.out.println("logged in after the logout: " + Filters.contains(session));
  }

  private static void cache(String key) {
    byte[] cached = Kv.get("cache_" + key);
    System.out.println("cached: " + (cached != null));
    if (cached == null) {
      Kv.set("cache_" + key, utf8("computed for " + key));
    }
    System.out.println(utf8(Kv.get("cache_" + key)));
  }
}
