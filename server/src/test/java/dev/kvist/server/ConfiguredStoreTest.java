package dev.kvist.server;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.bucket.Filters;
import dev.kvist.bucket.Kv;
import dev.kvist.config.Configuration;
import dev.kvist.config.ConfigurationException;
import dev.kvist.config.Modules;
import dev.kvist.config.RunningModules;
import dev.kvist.spi.Setting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The section {@code simple_kv} with the real engine: every parameter of the table that the
 * framework documents does what it says there.
 */
final class ConfiguredStoreTest {
  @TempDir private Path temporary = Path.of("");

  private RunningModules start(String section) {
    return Modules.start(
        Configuration.parse("data_dir: " + temporary.resolve("data") + "\n" + section));
  }

  private static void useActive() {
    Kv.addValue("b", utf8("k"), utf8("v"));
    assertArrayEquals(utf8("v"), Kv.getValue("b", utf8("k")));
    Kv.store("simple_kv").set("named", utf8("w"));
    assertTrue(Filters.get("simple_kv").contains(utf8("named")));
  }

  private static void assertStore(Path place) {
    assertTrue(Files.isDirectory(place.resolve("wal")), place.toString());
    assertTrue(Files.isDirectory(place.resolve("last_state")), place.toString());
    try (Connection connection = Kvist.open("simple:" + place)) {
      assertArrayEquals(utf8("v"), connection.store("b").reader().get(utf8("k")));
    }
  }

  @Test
  void aSectionThatIsPresentIsEnabledAtTheDefaultPath() {
    for (String section : List.of("simple_kv: {}", "simple_kv:\n  enabled: true")) {
      try (var _ = start(section)) {
        useActive();
      }
      assertStore(temporary.resolve("data/simple_kv"));
    }
  }

  @Test
  void disabledMeansNotOpenedNotRegisteredAndNoDirectory() {
    try (var _ = start("simple_kv:\n  enabled: false\n  path: " + temporary.resolve("own"))) {
      assertThrows(IllegalStateException.class, () -> Kv.addValue("b", utf8("k"), utf8("v")));
      assertThrows(RuntimeException.class, () -> Kv.store("simple_kv"));
    }
    assertFalse(Files.exists(temporary.resolve("own")));
    assertFalse(Files.exists(temporary.resolve("data")));
  }

  @Test
  void pathIsTheDirectoryOfTheData() {
    Path own = temporary.resolve("some/where/else");
    try (var _ = start("simple_kv:\n  path: \"" + own + "\"\n  sync_writes: false")) {
      useActive();
    }
    assertStore(own);
    assertFalse(Files.exists(temporary.resolve("data")));
  }

  @Test
  void syncWritesReachesTheEngine() {
    for (boolean sync : new boolean[] {true, false}) {
      String section = "simple_kv:\n  sync_writes: " + sync + "\n  flush_interval: 1h";
      try (RunningModules modules = start(section)) {
        useActive();
        Connection connection = modules.connection("simple_kv");
        assertEquals(sync, connection.capabilities().durability().contains("survives power loss"));
        assertEquals(sync, connection.stats().getOrDefault("syncs", 0L) > 1);
      }
    }
  }

  /** Its own default, given in full, is accepted for each, and an unknown one is not. */
  @Test
  void everyParameterOfTheEngineIsAKeyOfTheSection() {
    var values = new LinkedHashMap<String, String>();
    for (Setting setting : Kvist.backend("simple").settings()) {
      String byDefault = setting.defaultValue();
      if (byDefault != null && setting.type() != Setting.Type.DIRECTORY) {
        values.put(setting.name(), byDefault);
      }
    }
    assertTrue(values.size() > 10, values::toString);
    var section = new StringBuilder("simple_kv:\n");
    for (Map.Entry<String, String> value : values.entrySet()) {
      section
          .append("  ")
          .append(value.getKey())
          .append(": ")
          .append(value.getValue())
          .append('\n');
    }
    try (var _ = start(section.toString())) {
      useActive();
    }
    var refused =
        assertThrows(ConfigurationException.class, () -> start("simple_kv:\n  sync_write: true"));
    assertTrue(String.valueOf(refused.getMessage()).contains("sync_writes"), refused::getMessage);
    assertThrows(
        ConfigurationException.class, () -> start("simple_kv:\n  sync_writes: perhaps").close());
  }
}
