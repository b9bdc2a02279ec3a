package dev.kvist.config;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;

/** Configurations for tests, in an environment and with backends of the test's choice. */
final class Yaml {
  private static final Map<String, String> ENVIRONMENT =
      Map.of("SYNC", "true", "SIZE", "8MiB", "LOOP", "${SYNC}", "EMPTY", "", "ROOT", "/srv");

  private Yaml() {}

  /** With all fake backends but {@code badger}, whose artifact may be absent. */
  static Configuration read(String... lines) {
    return with(List.of("simple_kv", "memory", "nats"), lines);
  }

  static Configuration with(List<String> backends, String... lines) {
    return Configuration.read(
        String.join("\n", lines),
        new Source("kvist.yaml", ENVIRONMENT::get),
        Backends.onClassPath(backend -> backends.contains(backend.registeredName())));
  }

  /** The message of what is refused. */
  static String refused(String... lines) {
    return assertThrows(ConfigurationException.class, () -> read(lines)).getMessage();
  }
}
