package dev.kvist.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.ConnectionOptions;
import dev.kvist.spi.Backend;
import dev.kvist.spi.Setting;
import dev.kvist.spi.Settings;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The options of a URI by the table that its backend declares. */
final class SettingsTest {
  private static final Backend SIMPLE = new FakeBackend.Simple();
  private static final Backend NATS = new FakeBackend.Nats();

  private static Settings simple(String options) {
    return Settings.of(SIMPLE, ConnectionOptions.parse("simple:x" + options));
  }

  private static String refused(Backend backend, String uri) {
    return String.valueOf(
        assertThrows(
                IllegalArgumentException.class,
                () -> Settings.of(backend, ConnectionOptions.parse(uri)))
            .getMessage());
  }

  @Test
  void withoutOptionsTheDefaultsHold() {
    Settings settings = simple("");
    assertFalse(settings.flag("sync_writes"));
    assertFalse(settings.given("sync_writes"));
    assertEquals(16L << 20, settings.bytes("segment_size", -1));
    assertEquals(-1, settings.bytes("max_bytes", -1));
    assertEquals(Duration.ofSeconds(1), settings.duration("flush_interval"));
    assertNull(settings.duration("retention_age"));
    assertNull(settings.duration("marker_retention"));
    Settings nats = Settings.of(NATS, ConnectionOptions.parse("nats://h"));
    assertEquals(0.5, nats.number("ratio"));
    assertEquals("safe", nats.text("mode"));
    assertNull(nats.text("phrase"));
    assertEquals(List.of("127.0.0.1:4222"), nats.list("urls"));
  }

  @Test
  void optionsReplaceThem() {
    Settings settings = simple("?sync_writes=true&segment_size=32KiB&retention_age=2d&max_bytes=5");
    assertTrue(settings.flag("sync_writes"));
    assertTrue(settings.given("sync_writes"));
    assertEquals(32 << 10, settings.bytes("segment_size", -1));
    assertEquals(5, settings.bytes("max_bytes", -1));
    assertEquals(Duration.ofDays(2), settings.duration("retention_age"));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "7B, 7",
    "64MiB, 67108864",
    "64 mib, 67108864",
    "2GB, 2000000000",
    "3TiB, 3298534883328",
    "9223372036854775807, 9223372036854775807"
  })
  void sizesHaveUnits(String text, long bytes) {
    assertEquals(bytes, simple("?max_bytes=" + text).bytes("max_bytes", -1));
  }

  @ParameterizedTest
  @CsvSource({
    "1500us, PT0.0015S",
    "500ms, PT0.5S",
    "10s, PT10S",
    "2m, PT2M",
    "3h, PT3H",
    "1d, PT24H",
    "1w, PT168H",
    "1.5h, PT1H30M",
    "1h30m, PT1H30M"
  })
  void durationsHaveUnits(String text, Duration duration) {
    assertEquals(duration, simple("?flush_interval=" + text).duration("flush_interval"));
  }

  @ParameterizedTest
  @CsvSource({
    "segment_size, 16383, 16KiB to 64MiB",
    "segment_size, 64.1MiB, 16KiB to 64MiB",
    "segment_size, 65MiB, 16KiB to 64MiB",
    "flush_interval, 999us, at least 1ms",
    "flush_interval, 300000d, at least 1ms",
    "max_value_size, 0, 1 to 1GiB"
  })
  void whatIsOutOfRangeIsNamedWithTheRange(String name, String value, String range) {
    String message = refused(SIMPLE, "simple:x?" + name + "=" + value);
    assertTrue(
        message.startsWith("the option " + name + " of simple: is '" + value + "', "), message);
    assertTrue(message.endsWith("; " + range), message);
  }

  @Test
  void aRangeIncludesItsEnds() {
    assertEquals(16 << 10, simple("?segment_size=16384").bytes("segment_size", -1));
    assertEquals(64 << 20, simple("?segment_size=64MiB").bytes("segment_size", -1));
    assertEquals(1, simple("?flush_interval=1ms").millis("flush_interval"));
  }

  @Test
  void whatIsWrongIsNamed() {
    assertEquals(
        "simple: has no option sync_write; did you mean sync_writes?",
        refused(SIMPLE, "simple:x?sync_write=true"));
    assertTrue(refused(SIMPLE, "simple:x?zzzzzzzzzzzzzzz=1").contains("it has sync_writes, "));
    assertTrue(refused(SIMPLE, "simple:x?path=y").contains("takes its directory after the colon"));
    assertTrue(refused(SIMPLE, "simple:x?segment_size=big").contains("is 'big', expected a size"));
    assertTrue(refused(SIMPLE, "simple:x?sync_writes=TRUE").contains("expected true or false"));
    assertTrue(refused(NATS, "nats://h?mode=no").contains("expected one of fast, safe"));
    assertTrue(refused(new FakeBackend.Memory(), "memory:?a=b").contains("it has none"));
  }

  @Test
  void aBackendIsHeldToWhatItDeclares() {
    assertThrows(IllegalStateException.class, () -> simple("").flag("no_such"));
    assertThrows(IllegalStateException.class, () -> simple("").flag("segment_size"));
    for (Runnable wrong :
        List.<Runnable>of(
            () -> Setting.of("Upper", Setting.Type.TEXT, null, ""),
            () -> Setting.of("size", Setting.Type.SIZE, "big", ""),
            () -> Setting.of("choice", Setting.Type.CHOICE, null, ""),
            () -> Setting.of("size", Setting.Type.SIZE, "1", "").atLeast("2"),
            () -> Setting.of("size", Setting.Type.SIZE, "1", "").atLeast("big"),
            () -> Setting.of("text", Setting.Type.TEXT, null, "").atLeast("1"),
            () -> Setting.choice("choice", List.of("a"), "b", ""))) {
      assertThrows(IllegalArgumentException.class, wrong::run);
    }
  }

  @Test
  void aBackendOfSeveralSchemesSaysWhichItsSectionMeans() {
    assertThrows(
        IllegalStateException.class,
        () ->
            new FakeBackend("two", java.util.Set.of("a", "b"), List.of()) {}.section(
                java.util.Map.of()));
  }
}
