package dev.kvist.rocksdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvist.tck.SettingsDocument;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The section {@code badger} of {@code docs/configuration.md} says what the engine declares. */
final class DocumentedSettingsTest {
  @Test
  void theTableSaysWhatTheEngineDeclares() throws IOException {
    assertEquals(
        SettingsDocument.engineRows(new RocksBackend().settings()),
        SettingsDocument.read(Path.of("..", "..")).rows("`badger`"));
  }
}
