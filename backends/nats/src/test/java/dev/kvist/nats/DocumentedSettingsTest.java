package dev.kvist.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvist.tck.SettingsDocument;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The section {@code nats} of {@code docs/configuration.md} says what the backend declares. */
final class DocumentedSettingsTest {
  @Test
  void theTableSaysWhatTheBackendDeclares() throws IOException {
    assertEquals(
        SettingsDocument.engineRows(new NatsBackend().settings()),
        SettingsDocument.read(Path.of("..", "..")).rows("`nats`"));
  }
}
