package dev.kvist.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvist.Kvist;
import dev.kvist.spi.Setting;
import dev.kvist.tck.SettingsDocument;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The tables of {@code docs/configuration.md} say what the engines on the class path declare. */
final class DocumentedSettingsTest {
  @Test
  void theTableOfSimpleSaysWhatTheEngineDeclares() throws IOException {
    assertEquals(
        SettingsDocument.engineRows(Kvist.backend("simple").settings()),
        SettingsDocument.read(Path.of("..")).rows("`simple_kv`"));
  }

  @Test
  void memoryTakesTheSameButNoPath() {
    List<Setting> settings = new ArrayList<>(Kvist.backend("simple").settings());
    settings.removeIf(setting -> setting.type() == Setting.Type.DIRECTORY);
    assertEquals(settings, Kvist.backend("memory").settings());
  }
}
