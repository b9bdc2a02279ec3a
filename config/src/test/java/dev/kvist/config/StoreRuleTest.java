package dev.kvist.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which store is used, with and without RocksDB on the class path. */
final class StoreRuleTest {
  private static final List<String> ALL = List.of("badger", "simple_kv", "memory", "nats");

  @TempDir private Path directory;

  private String store(List<String> backends, String... lines) {
    return Yaml.with(backends, lines).relativeTo(directory).store().toString();
  }

  private String refused(List<String> backends, String... lines) {
    return assertThrows(ConfigurationException.class, () -> store(backends, lines)).getMessage();
  }

  private String in(String scheme, String name) {
    return scheme + ":" + directory.resolve(name);
  }

  @Test
  void rocksdbIsTheDefaultAndSimpleWithoutIt() {
    assertEquals(in("rocksdb", "data/badger"), store(ALL));
    assertEquals(in("simple", "data/simple_kv"), store(List.of("simple_kv", "memory")));
    assertTrue(refused(List.of("memory")).contains("no store engine is on the class path"));
    assertFalse(Files.exists(directory.resolve("data")));
  }

  @Test
  void theOneSectionIsUsed() {
    assertEquals(in("simple", "data/simple_kv"), store(ALL, "simple_kv:"));
    assertEquals("memory:", store(ALL, "memory:"));
    assertEquals("nats://127.0.0.1:4222", store(ALL, "nats:"));
    assertEquals(
        in("simple", "data/simple_kv"), store(ALL, "badger: {enabled: false}", "simple_kv:"));
  }

  @Test
  void amongSectionsTheEngineIsUsed() {
    assertEquals(in("simple", "data/simple_kv"), store(ALL, "simple_kv:", "nats:"));
    assertEquals(in("simple", "data/simple_kv"), store(ALL, "nats:", "simple_kv:"));
  }

  @Test
  void twoEnginesAreAnErrorThatNamesBoth() {
    String message = refused(ALL, "simple_kv:", "badger:");
    assertTrue(message.contains("simple_kv and badger have a section"), message);
    assertTrue(refused(ALL, "memory:", "nats:").contains("memory and nats have a section"));
  }

  @Test
  void storeDecides() {
    String both = "simple_kv:\nbadger:";
    assertEquals(in("rocksdb", "data/badger"), store(ALL, both, "store: badger"));
    assertEquals(in("simple", "data/simple_kv"), store(ALL, both, "store: simple_kv"));
    assertEquals("memory:", store(ALL, "store: memory"));
    assertEquals("memory:", store(ALL, "store: 'memory:'"));
    assertEquals(
        in("simple", "x") + "?sync_writes=true",
        store(ALL, both, "store: simple:x?sync_writes=true"));
    assertEquals("memory:", store(ALL, "store: ${NONE:memory}"));
  }

  @Test
  void storeIsChecked() {
    assertEquals(
        "kvist.yaml:2: store: no backend or module is called simple_vk; did you mean simple_kv?",
        refused(ALL, "", "store: simple_vk"));
    assertTrue(refused(ALL, "store: rocksdb").contains("write badger, or the URI rocksdb:DIR"));
    assertTrue(
        refused(ALL, "store: redis:x")
            .contains("kvist.yaml:1: store: no backend on the class path serves redis:"));
    assertEquals(
        "kvist.yaml:2: store: simple: has no option sync_write; did you mean sync_writes?",
        refused(ALL, "", "store: simple:x?sync_write=true"));
    assertTrue(refused(ALL, "store: simple:x?a=1&a=2").contains("the option a comes twice"));
    assertTrue(
        refused(ALL, "simple_kv: {enabled: false}", "store: simple_kv")
            .contains("simple_kv is switched off"));
    assertTrue(
        refused(List.of("simple_kv"), "store: badger")
            .contains("add the artifact dev.kvist:kvist-rocksdb"));
  }

  @Test
  void aSectionThatIsSwitchedOffIsNeverTheDefault() {
    assertTrue(refused(ALL, "simple_kv: {enabled: false}").contains("every store is switched off"));
  }

  @Test
  void theEngineWhoseDataIsThereIsUsed() throws IOException {
    Files.createDirectories(directory.resolve("data/badger"));
    put("data/simple_kv/wal/1");
    assertEquals(in("simple", "data/simple_kv"), store(ALL), "an empty directory is no data");
    assertEquals(in("rocksdb", "other/badger"), store(ALL, "data_dir: other"));
    put("data/badger/MANIFEST");
    String message = refused(ALL);
    assertTrue(
        message.contains("badger and simple_kv both have data in " + directory.resolve("data")),
        message);
    assertEquals(in("simple", "data/simple_kv"), store(ALL, "simple_kv:"), "a section decides");
  }

  @Test
  void dataOfAnEngineThatIsNotHereIsNotPassedOver() throws IOException {
    put("data/badger/MANIFEST");
    assertTrue(refused(List.of("simple_kv")).contains("add the artifact dev.kvist:kvist-rocksdb"));
  }

  private void put(String file) throws IOException {
    Path path = directory.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, "data");
  }
}
