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
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The section of an engine with the real engine: the parameters of the table that the framework
 * documents do what they say there.
 */
@ParameterizedClass
@CsvSource({"simple_kv, simple", "badger, rocksdb"})
final class ConfiguredStoreTest {
  @Parameter(0)
  private String name = "";

  @Parameter(1)
  private String scheme = "";

  @TempDir private Path temporary = Path.of("");

  private RunningModules start(String section) {
    return Modules.start(
        Configuration.parse("data_dir: " + temporary.resolve("data") + "\n" + section));
  }

  private void useActive() {
    Kv.addValue("b", utf8("k"), utf8("v"));
    assertArrayEquals(utf8("v"), Kv.getValue("b", utf8("k")));
    Kv.store(name).set("named", utf8("w"));
    assertTrue(Filters.get(name).contains(utf8("named")));
  }

  private void assertStore(Path place) {
    assertTrue(Kvist.backend(scheme).holds(place), place.toString());
    try (Connection connection = Kvist.open(scheme + ":" + place)) {
      assertArrayEquals(utf8("v"), connection.store("b").reader().get(utf8("k")));
    }
  }

  @Test
  void aSectionThatIsPresentIsEnabledAtTheDefaultPath() {
    for (String section : List.of(name + ": {}", name + ":\n  enabled: true")) {
      try (var _ = start(section)) {
        useActive();
      }
      assertStore(temporary.resolve("data").resolve(name));
    }
  }

  @Test
  void disabledMeansNotOpenedNotRegisteredAndNoDirectory() {
    try (var _ = start(name + ":\n  enabled: false\n  path: " + temporary.resolve("own"))) {
      assertThrows(IllegalStateException.class, () -> Kv.addValue("b", utf8("k"), utf8("v")));
      assertThrows(RuntimeException.class, () -> Kv.store(name));
    }
    assertFalse(Files.exists(temporary.resolve("own")));
    assertFalse(Files.exists(temporary.resolve("data")));
  }

  @Test
  void pathIsTheDirectoryOfTheData() {
    Path own = temporary.resolve("some/where/else");
    try (var _ = start(name + ":\n  path: \"" + own + "\"\n  sync_writes: false")) {
      useActive();
    }
    assertStore(own);
    assertFalse(Files.exists(temporary.resolve("data")));
  }

  @Test
  void syncWritesReachesTheEngine() {
    for (boolean sync : new boolean[] {true, false}) {
      String section = name + ":\n  sync_writes: " + sync + "\n  flush_interval: 1h";
      try (RunningModules modules = start(section)) {
        useActive();
        Connection connection = modules.connection(name);
        assertEquals(sync, connection.capabilities().durability().contains("survives power loss"));
        assertEquals(sync, connection.stats().getOrDefault("syncs", 0L) > 1);
      }
    }
  }

  /** Its own default, given in full, is accepted for each, and an unknown one is not. */
  @Test
  void everyParameterOfTheEngineIsAKeyOfTheSection() {
    var values = new LinkedHashMap<String, String>();
    for (Setting setting : Kvist.backend(scheme).settings()) {
      String byDefault = setting.defaultValue();
      if (byDefault != null && setting.type() != Setting.Type.DIRECTORY) {
        values.put(setting.name(), byDefault);
      }
    }
    assertTrue(values.size() > 10, values::toString);
    var section = new StringBuilder(name + ":\n");
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
        assertThrows(ConfigurationException.class, () -> start(name + ":\n  sync_write: true"));
    assertTrue(String.valueOf(refused.getMessage()).contains("sync_writes"), refused::getMessage);
    assertThrows(
        ConfigurationException.class, () -> start(name + ":\n  sync_writes: perhaps").close());
  }
}
