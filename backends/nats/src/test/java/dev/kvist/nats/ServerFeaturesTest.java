package dev.kvist.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Capability;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.StoreConfig;
import dev.kvist.Support;
import io.nats.client.api.ServerInfo;
import io.nats.client.api.StreamConfiguration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a version of a server means, those included that no test has at hand. */
final class ServerFeaturesTest {
  private static ServerFeatures of(String version) {
    return ServerFeatures.of(
        new ServerInfo("INFO {\"server_id\":\"s\",\"version\":\"" + version + "\"}"));
  }

  private static StreamConfiguration plan(String version) {
    ConnectionOptions options = ConnectionOptions.of("nats", "//127.0.0.1:1");
    return new StreamPlan(Settings.read(new NatsBackend(), options), of(version))
        .of("b", StoreConfig.DEFAULT, 1);
  }

  @ParameterizedTest
  @CsvSource({
    "2.9.10, false, false, false",
    "2.9.25, false, false, false",
    "2.10.0, true, false, false",
    "2.10.29-binary, true, false, false",
    "2.11.0, true, true, false",
    "2.11.12, true, true, false",
    "2.12.0, true, true, true",
    "2.15.1, true, true, true",
    "3.0.0, true, true, true"
  })
  void eachVersionHasWhatItsReleaseBrought(
      String version, boolean filters, boolean ttl, boolean batches) {
    ServerFeatures features = of(version);
    assertEquals(filters, features.hasManyFilters());
    assertEquals(filters, features.hasMetadata());
    assertEquals(filters, features.hasCompression());
    assertEquals(batches, features.hasFirstSequence(), "older ones lose the stream at a restart");
    assertEquals(ttl, features.hasTtl());
    assertEquals(ttl, features.hasManyDirectReads());
    assertEquals(batches, features.hasAtomicBatches());
    var capabilities = Abilities.of(features, 1 << 20, false);
    assertEquals(
        filters ? Support.NATIVE : Support.EMULATED,
        capabilities.detail(Capability.WATCH_PREFIXES).support());
    assertEquals(
        ttl ? Support.NATIVE : Support.ABSENT, capabilities.detail(Capability.TTL).support());
    assertEquals(
        batches ? Support.NATIVE : Support.ABSENT, capabilities.detail(Capability.BATCH).support());
  }

  /** A server that does not know a field ignores it, or refuses the stream. */
  @Test
  void aStreamAsksForNothingThatItsServerDoesNotKnow() {
    StreamConfiguration old = plan("2.9.10");
    assertEquals(Stream.KEYS_IN_DESCRIPTION, old.getDescription());
    assertTrue(old.getFirstSequence() <= 1);
    StreamConfiguration middle = plan("2.10.27");
    assertEquals(Map.of(Stream.KEYS, Stream.KEYS_ENCODED), middle.getMetadata());
    assertTrue(middle.getFirstSequence() <= 1);
    assertEquals(StreamPlan.firstSequence(1), plan("2.12.0").getFirstSequence());
    assertFalse(middle.getAllowMessageTtl());
    assertNull(middle.getSubjectDeleteMarkerTtl());
    assertTrue(plan("2.11.3").getAllowMessageTtl());
    assertFalse(plan("2.11.3").getAllowAtomicPublish());
    assertTrue(plan("2.12.0").getAllowAtomicPublish());
  }

  @Test
  void compressionNeedsItsServer() {
    ConnectionOptions options = ConnectionOptions.of("nats", "//127.0.0.1:1");
    var settings = Settings.read(new NatsBackend(), options);
    StoreConfig compressed = StoreConfig.DEFAULT.withCompression();
    assertThrows(
        KvException.Unsupported.class,
        () -> new StreamPlan(settings, of("2.9.25")).of("b", compressed, 1));
    new StreamPlan(settings, of("2.10.0")).of("b", compressed, 1);
  }
}
