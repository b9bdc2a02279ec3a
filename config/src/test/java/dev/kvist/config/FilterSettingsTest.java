package dev.kvist.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.bucket.BloomFilter;
import dev.kvist.bucket.Filters;
import dev.kvist.spi.Setting;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which filter a store registers. */
final class FilterSettingsTest {
  private static final byte[] KEY = Kvist.utf8("key");

  @TempDir private Path directory;

  private RunningModules start(String... lines) {
    return Modules.start(Yaml.read(lines).relativeTo(directory));
  }

  @Test
  void itIsExactUnlessAskedFor() {
    for (String yaml : List.of("", "simple_kv:", "simple_kv: {filter: exact}")) {
      assertEquals(FilterSettings.EXACT, Yaml.read(yaml).filter("simple_kv"));
    }
    try (RunningModules _ = start("memory:")) {
      Filters.add("seen", KEY);
      Filters.delete("seen", KEY);
      assertFalse(Filters.exists("seen", KEY));
    }
  }

  @Test
  void aBloomFilterHasItsCapacityAndErrorRate() {
    assertEquals(
        new FilterSettings(true, 1_000_000, 0.01),
        Yaml.read("simple_kv: {filter: bloom}").filter("simple_kv"));
    Configuration configuration =
        Yaml.read(
            "simple_kv:",
            "  filter: bloom",
            "  filter_capacity: 5000",
            "  filter_error_rate: 1e-4",
            "  sync_writes: true");
    assertEquals(new FilterSettings(true, 5000, 1e-4), configuration.filter("simple_kv"));
    ConnectionOptions options = configuration.options("simple_kv");
    assertEquals("simple:data/simple_kv?sync_writes=true", options.toString());
  }

  @Test
  void aBloomFilterIsRegisteredAndClosedWithItsStore() {
    try (var log = new CapturedLog()) {
      Connection connection;
      try (RunningModules modules =
          start("memory: {filter: bloom, filter_capacity: 100}", "nats:", "store: memory")) {
        connection = modules.connection("memory");
        assertFalse(Filters.checkThenAdd("seen", KEY));
        assertTrue(Filters.exists("seen", KEY));
        assertThrows(KvException.Unsupported.class, () -> Filters.delete("seen", KEY));
        assertThrows(KvException.AlreadyOwned.class, () -> BloomFilter.open(connection, 100, 0.01));
      }
      // Open no more, and its bits written: reading them now meets the closed connection.
      assertThrows(KvException.Closed.class, () -> BloomFilter.open(connection, 100, 0.01));
      assertTrue(
          log.lines()
              .contains(
                  "INFO registered memory: memory:, Bloom filter for 100 items, error rate 0.01"),
          log.lines().toString());
    }
  }

  @Test
  void itsBitsAreStoredWhenTheModulesStop() throws Exception {
    start("simple_kv: {filter: bloom, filter_capacity: 100}").close();
    Path flushed = directory.resolve("data/simple_kv/flushed");
    assertEquals("", java.nio.file.Files.readString(flushed), "nothing was added");
    try (RunningModules _ = start("simple_kv: {filter: bloom, filter_capacity: 100}")) {
      Filters.add("seen", KEY);
    }
    assertEquals(
        "_bloom/c\0\0\0\0\n_bloom/j\0\0\0\0\n_bloom/p", java.nio.file.Files.readString(flushed));
  }

  @Test
  void whatIsWrongIsNamed() {
    String[][] wrong = {
      {"simple_kv: {filters: bloom}", "simple_kv has no key filters; did you mean filter?"},
      {"simple_kv: {filter: blom}", "simple_kv.filter is 'blom'; expected one of exact, bloom"},
      {
        "simple_kv: {filter_capacity: 5}",
        "simple_kv.filter_capacity is of a Bloom filter; add filter: bloom"
      },
      {"simple_kv: {filter: bloom, filter_capacity: many}", "expected a whole number such as 3"},
      {"simple_kv: {filter: bloom, filter_capacity: 0}", "1 item at least, and is 0"},
      {"simple_kv: {filter: bloom, filter_error_rate: 1}", "is between 0 and 1, such as 0.01"},
      {
        "simple_kv: {filter: bloom, filter_capacity: 1000000000000000}",
        "takes more than 16 GiB of memory"
      },
      {
        "simple_kv: {filter: bloom, filter_capcity: 5}",
        "simple_kv has no key filter_capcity; did you mean filter_capacity?"
      },
    };
    for (String[] one : wrong) {
      String message = Yaml.refused(one[0]);
      assertTrue(message.startsWith("kvist.yaml:1: ") && message.contains(one[1]), message);
    }
  }

  /** Not that of the section: in the middle of it a number alone would have to be searched for. */
  @Test
  void theLineIsThatOfTheKeyThatIsWrong() {
    String[][] wrong = {
      {"filter: bloom", "sync_writes: true", "filter_capacity: 0"},
      {"filter: bloom", "filter_capacity: 5", "filter_error_rate: 1.5"},
      {"filter: bloom", "filter_capacity: 0", "filter_error_rate: 0"},
      {"filter_error_rate: 0.1", "filter: bloom", "filter_capacity: 1000000000000000"},
      {"sync_writes: true", "filter: exact", "filter_error_rate: 0.1"},
      {"sync_writes: true", "filter: exact", "path: \"a\\0b\""},
    };
    for (String[] lines : wrong) {
      String message =
          Yaml.refused("simple_kv:", "  " + lines[0], "  " + lines[1], "  " + lines[2]);
      assertTrue(message.startsWith("kvist.yaml:4: simple_kv"), message);
    }
    Configuration off = Yaml.read("simple_kv:", "  sync_writes: true", "  enabled: false");
    assertEquals(
        "kvist.yaml:3: simple_kv is switched off by enabled: false",
        assertThrows(ConfigurationException.class, () -> off.options("simple_kv")).getMessage());
  }

  @Test
  void aBackendsOwnSettingOfTheNameIsItsOwn() {
    List<Setting> own =
        List.of(Setting.of("filter", Setting.Type.TEXT, null, "What the backend filters."));
    assertEquals(
        List.of("filter_capacity", "filter_error_rate"),
        FilterSettings.beside(own).stream().map(Setting::name).toList());
  }
}
