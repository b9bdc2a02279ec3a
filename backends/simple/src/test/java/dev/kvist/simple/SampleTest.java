package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link Connection#sample}, by the hash index and by seeks. */
final class SampleTest {
  private static final int LARGE = 20_000;

  @TempDir private Path temporary = Path.of("");
  private String uri = "";

  @BeforeEach
  void fill() {
    uri = "simple:" + temporary.resolve("data");
    try (Connection connection = Kvist.open(uri)) {
      KvStore large = connection.store("large");
      for (int i = 0; i < LARGE; i++) {
        large.writer().put(utf8(key(i)), utf8("value"));
      }
      KvStore small = connection.store("small");
      small.writer().put(utf8("a"), utf8("1"));
      small.writer().put(utf8("b"), utf8("22"));
      small.writer().put(utf8("gone"), utf8("x"));
      small.writer().delete(utf8("gone"));
      small.ttl().put(utf8("expired"), utf8("x"), Duration.ofMillis(1));
      connection.store("dropped").writer().put(utf8("k"), utf8("v"));
      connection.drop("dropped");
    }
  }

  private static String key(int i) {
    return String.format(java.util.Locale.ROOT, "user:%07d", i * 37);
  }

  /** The sample, as keys with their bytes. */
  private static Map<String, Long> sample(Connection connection, int most) {
    Map<String, Long> found = new TreeMap<>();
    int given =
        connection.sample(
            most,
            (bucket, key, bytes) -> {
              Long before = found.put(bucket + "/" + Kvist.utf8(key), bytes);
              assertEquals(null, before, "given twice");
            });
    assertEquals(given, found.size());
    return found;
  }

  /** The same connection without a sample of its own. */
  private static Connection bySeeks(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) ->
                method.getName().equals("sample")
                    ? java.lang.reflect.InvocationHandler.invokeDefault(proxy, method, arguments)
                    : method.invoke(connection, arguments));
  }

  @Test
  void allOfASmallStore() {
    try (Connection connection = Kvist.open(uri)) {
      for (Connection way : new Connection[] {connection, bySeeks(connection)}) {
        Map<String, Long> all = sample(way, 50_000);
        assertEquals(LARGE + 2, all.size());
        assertEquals(2, all.get("small/a"));
        assertEquals(3, all.get("small/b"));
        assertEquals(17, all.get("large/" + key(5)));
      }
    }
  }

  @Test
  void theIndexGivesEachWithTheSameChance() {
    try (Connection connection = Kvist.open(uri + "?read_only=true")) {
      Set<String> seen = new TreeSet<>();
      for (int round = 0; round < 100; round++) {
        Map<String, Long> some = sample(connection, 2_000);
        assertEquals(2_000, some.size());
        seen.addAll(some.keySet());
        int low =
            (int)
                some.keySet().stream()
                    .filter(key -> key.compareTo("large/" + key(LARGE / 2)) < 0)
                    .count();
        assertTrue(low > 850 && low < 1_150, "of the first half " + low);
      }
      assertTrue(seen.size() > 10_000, "seen " + seen.size());
    }
  }

  @Test
  void seeksReachAllOfTheOrder() {
    try (Connection connection = Kvist.open(uri)) {
      Set<String> seen = new TreeSet<>();
      // One sample is of some thirty places, which may all miss a tenth.
      for (int round = 0; round < 30; round++) {
        Map<String, Long> some = sample(bySeeks(connection), 2_000);
        assertEquals(2_000, some.size());
        seen.addAll(some.keySet());
      }
      for (int tenth = 0; tenth < 10; tenth++) {
        String from = "large/" + key(tenth * LARGE / 10);
        String to = "large/" + key((tenth + 1) * LARGE / 10);
        long within =
            seen.stream().filter(key -> key.compareTo(from) >= 0 && key.compareTo(to) < 0).count();
        assertTrue(within > 10, "of the part from " + from + " " + within);
      }
    }
  }

  /** Words, most of which begin with one of a few letters, and a bucket that comes after them. */
  @Test
  void seeksGiveAsManyAsAreAskedFor() {
    try (Connection connection = Kvist.open("memory:")) {
      KvStore words = connection.store("words");
      for (int i = 0; i < LARGE; i++) {
        String digits = Integer.toString(i * 7919, 36);
        words.writer().put(utf8(i % 50 == 0 ? digits : "lib" + digits + "-dev"), utf8("value"));
      }
      connection.store("z").writer().put(utf8("k"), utf8("v"));
      for (int most : new int[] {1, 15, 2_000, 10_000, LARGE, LARGE + 1}) {
        assertEquals(most, sample(bySeeks(connection), most).size());
      }
      assertEquals(LARGE + 1, sample(bySeeks(connection), LARGE + 2).size());
      Map<String, Long> some = sample(bySeeks(connection), 2_000);
      long lib = some.keySet().stream().filter(key -> key.startsWith("words/lib")).count();
      assertTrue(lib > 1_000, "of the prefix that nearly all have " + lib);
    }
  }
}
