package dev.kvist.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.ConnectionOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigurationTest {
  @TempDir private Path directory;

  @Test
  void anEmptyFileIsAllDefaults() {
    for (String yaml : List.of("", "\n", "# only this\n", "---\n", "~", "\uFEFF")) {
      Configuration configuration = Yaml.read(yaml);
      assertEquals(Path.of("data"), configuration.dataDirectory());
      assertEquals(List.of(), configuration.sections());
      assertEquals("simple:data/simple_kv", configuration.store().toString());
    }
  }

  @Test
  void aSectionBecomesOptionsByName() {
    ConnectionOptions options =
        Yaml.read(
                "data_dir: /var/lib/kvist",
                "simple_kv:",
                "  segment_size: 32MiB",
                "  sync_writes: true",
                "  flush_interval: 500ms",
                "  max_bytes: none")
            .options("simple_kv");
    assertEquals("simple", options.scheme());
    assertEquals("/var/lib/kvist/simple_kv", options.location());
    assertEquals(
        Map.of(
            "sync_writes", "true",
            "segment_size", "32MiB",
            "flush_interval", "500ms",
            "max_bytes", "none"),
        options.settings());
  }

  @Test
  void aPathIsTakenAsItIs() {
    assertEquals(
        "my/data", Yaml.read("simple_kv:", "  path: my/data").options("simple_kv").location());
    assertEquals("123", Yaml.read("simple_kv:", "  path: 123").options("simple_kv").location());
    Configuration elsewhere =
        Yaml.read("simple_kv:", "  path: my/data").relativeTo(Path.of("/srv"));
    assertEquals("/srv/my/data", elsewhere.options("simple_kv").location());
    assertEquals("/srv/data", elsewhere.dataDirectory().toString());
    assertEquals(
        "/srv/x",
        Yaml.read("store: simple:x?sync_writes=true")
            .relativeTo(Path.of("/srv"))
            .store()
            .location());
  }

  @Test
  void aPathThatGoesUpIsShownWithoutTheDetour() throws IOException {
    Path start = Files.createDirectories(directory.resolve("cfg"));
    Configuration configuration =
        Yaml.read("data_dir: ../data", "simple_kv: {path: ./../x}").relativeTo(start);
    assertEquals(directory.resolve("data"), configuration.dataDirectory());
    assertEquals(directory.resolve("x").toString(), configuration.store().location());
    assertEquals(
        directory.resolve("y").toString(),
        Yaml.read("store: simple:../y").relativeTo(start).store().location());
    // Through a link it leads elsewhere.
    Path link = Files.createSymbolicLink(directory.resolve("link"), start);
    assertEquals(link.resolve("../data"), configuration.relativeTo(link).dataDirectory());
  }

  /** Its name is kept, and no artifact is promised that does not exist. */
  @Test
  void aReservedStoreIsNotThereYet() {
    assertEquals(
        "kvist.yaml:1: no backend 'elastic' is on the class path; it is not part of this version",
        missing("elastic"));
  }

  @Test
  void theArtifactOfAMissingBackendIsNamed() {
    assertEquals(
        "kvist.yaml:1: no backend 'nats' is on the class path; add the artifact"
            + " dev.kvist:kvist-nats",
        missing("nats"));
  }

  private static @Nullable String missing(String name) {
    Configuration configuration = Yaml.with(List.of("simple_kv"), name + ": {}");
    return assertThrows(ConfigurationException.class, configuration::store).getMessage();
  }

  @Test
  void nestedKeysAndListsReachABackendByTheirNames() {
    ConnectionOptions options =
        Yaml.read(
                "nats:",
                "  urls: [a:1, b:2]",
                "  tls: { ca: ca.pem, verify: false }",
                "  ratio: 0.25",
                "  mode: fast")
            .options("nats");
    assertEquals("//a:1,b:2", options.location());
    assertEquals(
        Map.of("tls.ca", "ca.pem", "tls.verify", "false", "ratio", "0.25", "mode", "fast"),
        options.settings());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          simpel_kv: {}|kvist.yaml:1: there is no section or key simpel_kv; did you mean simple_kv?
          simple_kv: {sync_write: true}|kvist.yaml:1: simple_kv has no key sync_write; did you mean sync_writes?
          simple_kv: {zzzzzzzzzzzzzz: 1}|there are enabled, path, sync_writes
          badger: {mem_table_sise: 1}|did you mean mem_table_size?
          nats: {tls: {verifi: true}}|nats.tls has no key verifi; did you mean verify?
          nats: {tls: 3}|nats.tls is '3'; expected keys under it
          nats: {tls: [3]}|nats.tls is a list; expected keys under it
          nats: {urls: []}|nats.urls is an empty list; expected
          simple_kv: {path: "a/${ROOT"}|write ${NAME} or ${NAME:default}
          simple_kv: {path: "${ROOT}/${}"}|write ${NAME} or ${NAME:default}
          data_dir: "${1X}"|write ${NAME} or ${NAME:default}
          nats: {tls: {ca: {x: 1}}}|nats.tls.ca is a section; expected a text
          simple_kv: {segment_size: true}|simple_kv.segment_size is true; expected a size
          simple_kv: {segment_size: 64Mb!}|simple_kv.segment_size is '64Mb!'; expected a size
          simple_kv: {segment_size: 64K}|expected a size
          simple_kv: {segment_size: -1}|expected a size
          simple_kv: {segment_size: none}|expected a size
          simple_kv: {segment_size: 1}|simple_kv.segment_size is '1'; expected a size: bytes, or a number with KiB, MiB, GiB or TiB, such as 64MiB; 16KiB to 64MiB
          badger: {num_mem_tables: 0}|badger.num_mem_tables is '0'; expected a whole number such as 3; 1 to 1000000000
          simple_kv: {segment_size: 99999999999TiB}|expected a size
          simple_kv: {segment_size: [1]}|is a list; expected a size
          simple_kv: {flush_interval: 10}|simple_kv.flush_interval is '10'; expected a duration
          simple_kv: {flush_interval: 10 years}|expected a duration
          simple_kv: {flush_interval: 999999999d}|expected a duration
          simple_kv: {sync_writes: 1}|simple_kv.sync_writes is '1'; expected true or false
          simple_kv: {sync_writes: yes}|expected true or false
          simple_kv: {sync_writes: 'true'}|in quotes; expected true or false
          simple_kv: {path: true}|simple_kv.path is true; expected the path of a directory
          simple_kv: {path: }|simple_kv.path has no value
          simple_kv: {path: ''}|expected the path of a directory
          simple_kv: {path: "a\\0b"}|expected the path of a directory
          simple_kv: {enabled: maybe}|simple_kv.enabled is 'maybe'; expected true or false
          simple_kv: 3|simple_kv is '3'; expected keys under it
          simple_kv: [1]|simple_kv is a list; expected keys under it
          elastic: {enabled: 5}|elastic.enabled is '5'; expected true or false
          nats: {ratio: '0.5'}|in quotes; expected a number
          nats: {ratio: .nan}|expected a number
          nats: {ratio: 1e999}|expected a number
          nats: {mode: slow}|nats.mode is 'slow'; expected one of fast, safe
          nats: {urls: ['a,b']}|nats.urls has an item with a comma
          nats: {urls: [[a]]}|nats.urls is a list of texts, nothing deeper
          badger: {num_mem_tables: 1.5}|badger.num_mem_tables is '1.5'; expected a whole number
          badger: {num_mem_tables: 99999999999999999999}|expected a whole number
          data_dir: [a]|data_dir is a list; expected the path of a directory
          data_dir: ''|expected the path of a directory
          store: 5: 6|is no YAML
          store: {a: b}|store is a section; expected a text
          """)
  void whatIsWrongIsNamed(String yaml, String part) {
    String message = Yaml.refused(yaml);
    assertTrue(message.startsWith("kvist.yaml:1: "), message);
    assertTrue(message.contains(part), message);
  }

  @Test
  void theLineIsThatOfTheKey() {
    ConfigurationException e =
        assertThrows(
            ConfigurationException.class,
            () -> Yaml.read("# one", "simple_kv:", "", "  sync_writes: true", "  pth: x"));
    assertEquals(5, e.line());
    assertEquals("kvist.yaml", e.source());
    assertEquals("kvist.yaml:5: simple_kv has no key pth; did you mean path?", e.getMessage());
  }

  @Test
  void duplicatesAreRefused() {
    assertEquals(
        "kvist.yaml:3: simple_kv comes twice, first in line 1",
        Yaml.refused("simple_kv:", "  path: a", "simple_kv:", "  path: b"));
    assertEquals(
        "kvist.yaml:3: path comes twice, first in line 2",
        Yaml.refused("simple_kv:", "  path: a", "  path: b"));
  }

  @Test
  void variablesOfTheEnvironmentAreReplaced() {
    ConnectionOptions options =
        Yaml.read(
                "simple_kv:",
                "  path: ${ROOT}/${NONE:kv}",
                "  sync_writes: \"${SYNC}\"",
                "  segment_size: ${SIZE:1MiB}",
                "  flush_interval: ${NONE:2s}")
            .options("simple_kv");
    assertEquals("/srv/kv", options.location());
    assertEquals(
        Map.of("sync_writes", "true", "segment_size", "8MiB", "flush_interval", "2s"),
        options.settings());
  }

  @Test
  void whatAVariableHoldsIsNotReplacedAgain() {
    assertEquals(
        "${SYNC}",
        Yaml.read("nats: {tls: {ca: '${LOOP}'}}").options("nats").settings().get("tls.ca"));
  }

  @Test
  void aVariableThatIsNotSetIsNamed() {
    String message = Yaml.refused("simple_kv:", "  path: x", "  segment_size: ${NONE}");
    assertEquals(
        "kvist.yaml:3: the environment variable NONE is not set; set it, or write ${NONE:default}",
        message);
    assertTrue(
        Yaml.refused("simple_kv: {segment_size: '${EMPTY}'}").contains("is ''; expected a size"));
  }

  @Test
  void aSecretIsNeverShown() {
    String message = Yaml.refused("nats: {phrase: [hunter2]}");
    assertTrue(message.contains("nats.phrase is of the wrong type"), message);
    String notYaml = Yaml.refused("nats:", "  phrase: hunter2", "  \tmode: [", "hunter2");
    assertFalse(notYaml.contains("hunter2"), notYaml);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "simple_kv:\n\tpath: x",
        "simple_kv: [",
        "simple_kv: 'x",
        "a: b: c",
        "- a\n- b",
        "just a text",
        "? [a]\n: b",
        "? {a: b}\n: c",
        "a: \u0001",
        "simple_kv: {}\n---\nsimple_kv: {}",
        "simple_kv: &x {path: a}",
        "a: &a [1]\nb: &b [*a, *a]",
        "simple_kv: *x",
        "simple_kv: !!java.net.URL [http://127.0.0.1]",
        "simple_kv: {path: !!str a}",
        "simple_kv: {<<: {path: a}}",
        "%YAML 9.9\n---\na: b",
      })
  void whatIsNoPlainYamlIsRefused(String yaml) {
    assertTrue(Yaml.refused(yaml).startsWith("kvist.yaml:"), Yaml.refused(yaml));
  }

  @Test
  void aBombIsRefusedBeforeItGrows() {
    var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ",").repeat(9)));
    }
    assertTrue(Yaml.refused(bomb.toString()).contains("anchors (&) and aliases (*)"));
    assertTrue(Yaml.refused("nats: " + "[".repeat(100_000)).contains("nested deeper than 20"));
    assertTrue(Yaml.refused("{a: ".repeat(100_000)).contains("nested deeper than 20"));
    assertTrue(Yaml.refused("#" + "x".repeat(1 << 20)).contains("more than 1048576 characters"));
  }

  @Test
  void aFileIsReadWithItsName() throws IOException {
    Path file = Files.writeString(directory.resolve("my.yaml"), "data_dir: somewhere");
    assertEquals(Path.of("somewhere"), Configuration.load(file).dataDirectory());
    Files.writeString(file, "\n\ndata: somewhere");
    assertTrue(refusedFile(file).startsWith(file + ":3: there is no section or key data;"));
  }

  @Test
  void aFileThatCannotBeReadIsNamed() throws IOException {
    assertTrue(
        refusedFile(directory.resolve("none.yaml"))
            .endsWith("is not there; make it, or correct the name"));
    assertTrue(refusedFile(directory).endsWith(": is no file"));
    Path latin = directory.resolve("latin.yaml");
    Files.write(latin, "data_dir: \u00e4".getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(refusedFile(latin).endsWith("is not UTF-8; save it as UTF-8"));
    Path huge = Files.write(directory.resolve("huge.yaml"), new byte[(1 << 20) + 1]);
    assertTrue(refusedFile(huge).endsWith("is larger than 1 MiB, which no configuration needs"));
  }

  private static String refusedFile(Path file) {
    return assertThrows(ConfigurationException.class, () -> Configuration.load(file)).getMessage();
  }

  @Test
  void theFileOfADirectoryIsFound() throws IOException {
    assertEquals(directory.resolve("data"), Configuration.find(directory).dataDirectory());
    Files.writeString(directory.resolve("kvist.yaml"), "data_dir: other");
    assertEquals(directory.resolve("other"), Configuration.find(directory).dataDirectory());
    Files.writeString(directory.resolve("kvist.yaml"), "no: good");
    assertThrows(ConfigurationException.class, () -> Configuration.find(directory));
  }

  @Test
  void codeMakesTheSame() {
    ConnectionOptions options =
        Configuration.of(
                Map.of(
                    "data_dir",
                    Path.of("here"),
                    "simple_kv",
                    Map.of(
                        "sync_writes",
                        true,
                        "segment_size",
                        1 << 20,
                        "flush_interval",
                        Duration.ofMillis(1500),
                        "repair_on_open",
                        "true")))
            .options("simple_kv");
    assertEquals("here/simple_kv", options.location());
    assertEquals(
        Map.of(
            "sync_writes", "true",
            "segment_size", "1048576",
            "flush_interval", "1500000us",
            "repair_on_open", "true"),
        options.settings());
    assertEquals(
        "//a:1,b:2",
        Configuration.of(Map.of("nats", Map.of("urls", List.of("a:1", "b:2"))))
            .options("nats")
            .location());
  }

  @Test
  void codeIsCheckedAsWell() {
    for (Map<String, ?> wrong :
        List.of(
            Map.of("simpel_kv", Map.of()),
            Map.of("simple_kv", Map.of("sync_writes", 1)),
            Map.of("simple_kv", Map.of("path", new Object())),
            Map.of("simple_kv", Map.of(1, 2)),
            Map.of("simple_kv", 5))) {
      String message =
          assertThrows(ConfigurationException.class, () -> Configuration.of(wrong)).getMessage();
      assertTrue(message.startsWith("configuration: "), message);
    }
  }

  @Test
  void sectionsOfNoStoreAreHandedOn() {
    Configuration configuration =
        Yaml.read("server: {port: 7070, tls: ['${ROOT}', b]}", "replicas:", "  - from: nats");
    assertEquals(
        Map.of("port", "7070", "tls", List.of("/srv", "b")), configuration.values("server"));
    assertEquals(List.of(Map.of("from", "nats")), configuration.values("replicas"));
    assertNull(configuration.values("gateway"));
    assertTrue(configuration.enabled("server"));
    assertFalse(configuration.enabled("gateway"));
  }

  @Test
  void sectionsThatNothingReadsAreNamedWithWhatToDo() {
    Configuration configuration =
        Yaml.with(
            List.of("simple_kv"),
            "simple_kv: {}",
            "server: {port: 7070}",
            "badger: {sync_writes: true}",
            "gateway: {enabled: false}",
            "elastic:",
            "replicas: []");
    assertEquals(
        "kvist.yaml: sections that nothing reads: badger (add the artifact"
            + " dev.kvist:kvist-rocksdb), elastic (it is not part of this version), replicas (there"
            + " is no module of this name)",
        configuration.unread(List.of("server")));
    assertNull(configuration.unread(List.of("server", "badger", "elastic", "replicas")));
    assertNull(Yaml.read("simple_kv:", "memory:").unread(List.of()));
  }

  @Test
  void aBackendThatIsNotHereIsNamedWithItsArtifact() {
    Configuration configuration = Yaml.read("badger: {sync_writes: true}");
    assertEquals(
        "kvist.yaml:1: no backend 'badger' is on the class path; add the artifact dev.kvist:kvist-rocksdb",
        assertThrows(ConfigurationException.class, () -> configuration.options("badger"))
            .getMessage());
    assertThrows(ConfigurationException.class, configuration::store);
  }

  @Test
  void aBackendMayRefuseWhatDoesNotGoTogether() {
    Configuration configuration = Yaml.read("", "nats: {urls: ''}");
    assertEquals(
        "kvist.yaml:2: nats: urls is empty",
        assertThrows(ConfigurationException.class, () -> configuration.options("nats"))
            .getMessage());
  }
}
