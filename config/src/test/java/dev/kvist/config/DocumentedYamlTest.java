package dev.kvist.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.ConnectionOptions;
import dev.kvist.tck.SettingsDocument;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every block of YAML that users were shown is accepted, and the tables say what is declared. */
final class DocumentedYamlTest {
  private static final List<String> ALL = List.of("badger", "simple_kv", "memory", "nats");
  private static final Pattern BLOCK = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

  /** The examples of the simple KV plugin and of the key-value store of the INFINI framework. */
  private static final List<String> FRAMEWORK =
      List.of(
          """
          simple_kv:
            enabled: true
            path: "./data/simple_kv"
            sync_writes: false
          """,
          """
          simple_kv:
            enabled: true
            path: "/fast-ssd/simple_kv"
            sync_writes: false  # Higher throughput
          """,
          """
          simple_kv:
            enabled: true
            path: "./data/simple_kv"
            sync_writes: true   # Guaranteed durability
          """,
          """
          simple_kv:
            enabled: true
            path: "/tmp/simple_kv"
            sync_writes: false
          """,
          """
          simple_kv:
            enabled: true
            path: "data/simple_kv"
            sync_writes: false
          """,
          """
          badger:
            enabled: true
            single_bucket_mode: true
            path: "data/badger"
            memory_mode: false
            sync_writes: false
            mem_table_size: 67108864
            value_log_file_size: 1073741824
            value_threshold: 1048576
            value_log_max_entries: 1000000
            num_mem_tables: 1
            num_level0_tables: 1
            num_level0_tables_stall: 2
            value_log_gc_enabled: true
            value_log_gc_discard_ratio: 0.5
            value_log_gc_interval_in_seconds: 120
          """,
          """
          badger:
            enabled: true
            single_bucket_mode: true
            path: "data/badger"
            memory_mode: false
            sync_writes: false
            mem_table_size: 67108864
            value_log_file_size: 1073741824
            value_log_gc_enabled: true
            value_log_gc_discard_ratio: 0.5
            value_log_gc_interval_in_seconds: 120
          """);

  @Test
  void theFrameworksExamplesAreAcceptedAsTheyStand() {
    for (String yaml : FRAMEWORK) {
      Configuration configuration = Yaml.with(ALL, yaml);
      ConnectionOptions options = configuration.store();
      assertEquals(
          configuration.sections(), List.of(yaml.startsWith("badger") ? "badger" : "simple_kv"));
      assertTrue(yaml.contains("path: \"" + options.location() + "\""), options.toString());
      assertEquals(
          yaml.lines().filter(line -> line.startsWith("  ")).count() - 2,
          options.settings().size(),
          "all but enabled and path");
    }
  }

  @Test
  void badgerIsCheckedWithoutItsArtifactToo() {
    Yaml.with(List.of("simple_kv"), FRAMEWORK.getLast());
    Yaml.with(List.of("simple_kv"), "badger: {compression: zstd, retention_age: none}");
  }

  @Test
  void theDocumentsExamplesAreAccepted() throws IOException {
    List<String> blocks =
        BLOCK
            .matcher(document().text())
            .results()
            .map((MatchResult block) -> block.group(1))
            .toList();
    assertTrue(blocks.size() >= 5, "the document has its examples");
    for (String block : blocks) {
      assertNotNull(Yaml.with(ALL, block).store(), block);
    }
  }

  @Test
  void theDocumentsTablesSayWhatIsDeclared() throws IOException {
    SettingsDocument document = document();
    assertEquals(
        SettingsDocument.engineRows(FakeBackend.Simple.TABLE), document.rows("`simple_kv`"));
    assertEquals(SettingsDocument.engineRows(BadgerSettings.TABLE), document.rows("`badger`"));
    assertEquals(SettingsDocument.rows(FilterSettings.TABLE), document.rows("Filters"));
  }

  /** Beside our default of each key of the framework stands the framework's. */
  @Test
  void onlyTuningHasAnotherDefaultThanInTheFramework() throws IOException {
    Pattern both =
        Pattern.compile("^\\| `(\\w+)` \\| [^|]+ \\| `(.*?)` \\| `(.*?)` \\| ", Pattern.MULTILINE);
    List<String> others =
        both.matcher(document().section("`badger`"))
            .results()
            .filter((MatchResult row) -> !row.group(2).equals(row.group(3)))
            .map((MatchResult row) -> row.group(1) + " " + row.group(2) + " " + row.group(3))
            .toList();
    assertEquals(
        List.of(
            "mem_table_size 16MiB 10485760",
            "value_log_file_size 256MiB 1073741823",
            "value_threshold 32KiB 1048576",
            "num_mem_tables 3 1",
            "num_level0_tables 12 1",
            "num_level0_tables_stall 36 2"),
        others);
  }

  private static SettingsDocument document() throws IOException {
    return SettingsDocument.read(Path.of(".."));
  }
}
