package dev.kvist.config;

import static dev.kvist.spi.Setting.Type.DIRECTORY;
import static dev.kvist.spi.Setting.Type.DURATION;
import static dev.kvist.spi.Setting.Type.FLAG;
import static dev.kvist.spi.Setting.Type.INTEGER;
import static dev.kvist.spi.Setting.Type.LIST;
import static dev.kvist.spi.Setting.Type.NUMBER;
import static dev.kvist.spi.Setting.Type.SECRET;
import static dev.kvist.spi.Setting.Type.SIZE;
import static dev.kvist.spi.Setting.Type.TEXT;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.spi.Backend;
import dev.kvist.spi.Setting;
import dev.kvist.spi.Settings;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Backends that open a {@link FakeConnection}, with the settings that the real ones declare. */
abstract class FakeBackend implements Backend {
  private final String name;
  private final Set<String> schemes;
  private final List<Setting> settings;

  FakeBackend(String name, Set<String> schemes, List<Setting> settings) {
    this.name = name;
    this.schemes = schemes;
    this.settings = settings;
  }

  @Override
  public Set<String> schemes() {
    return schemes;
  }

  @Override
  public String registeredName() {
    return name;
  }

  @Override
  public List<Setting> settings() {
    return settings;
  }

  @Override
  public Connection open(ConnectionOptions options) {
    Settings.of(this, options);
    return new FakeConnection(name, options);
  }

  /** The engine {@code simple}. */
  public static final class Simple extends FakeBackend {
    static final List<Setting> TABLE =
        List.of(
            Setting.of("path", DIRECTORY, "<data_dir>/simple_kv", "Where the data is."),
            Setting.of("sync_writes", FLAG, "false", "Sync every write."),
            Setting.of("segment_size", SIZE, "16MiB", "The size of a log segment.")
                .between("16KiB", "64MiB"),
            Setting.of("flush_interval", DURATION, "1s", "How often writes are synced.")
                .atLeast("1ms"),
            Setting.of("compaction_interval", DURATION, "60s", "How often to compact.")
                .atLeast("1ms"),
            Setting.of("compression_threshold", SIZE, "4KiB", "Compress from this size on.")
                .between("0", "1GiB"),
            Setting.of("retention_bytes", SIZE, "64MiB", "Changes kept, by size."),
            Setting.of("retention_age", DURATION, "none", "Changes kept, by age."),
            Setting.of("marker_retention", DURATION, null, "How long markers are kept."),
            Setting.of("memory_limit", SIZE, "none", "The most memory of the index.")
                .atLeast("1MiB"),
            Setting.of("max_bytes", SIZE, "none", "The most bytes of files."),
            Setting.of("max_value_size", SIZE, "64MiB", "The largest value.").between("1", "1GiB"),
            Setting.of("repair_on_open", FLAG, "false", "Repair a damaged log."),
            Setting.of("read_only", FLAG, "false", "Write nothing."));

    /** For the service loader. */
    public Simple() {
      super("simple_kv", Set.of("simple"), TABLE);
    }
  }

  /** The engine {@code rocksdb}. */
  public static final class Badger extends FakeBackend {
    /** For the service loader. */
    public Badger() {
      super("badger", Set.of("rocksdb"), BadgerSettings.TABLE);
    }
  }

  /** A store without a directory. */
  public static final class Memory extends FakeBackend {
    /** For the service loader. */
    public Memory() {
      super("memory", Set.of("memory"), List.of());
    }
  }

  /** A store at servers, with nested settings and secrets. */
  public static final class Nats extends FakeBackend {
    /** For the service loader. */
    public Nats() {
      super(
          "nats",
          Set.of("nats", "tls"),
          List.of(
              Setting.of("urls", LIST, "127.0.0.1:4222", "Servers."),
              Setting.of("phrase", SECRET, null, "What lets us in."),
              Setting.of("creds_file", TEXT, null, "The same in a file."),
              Setting.of("replicas", INTEGER, "1", "How many."),
              Setting.of("tls.ca", TEXT, null, "A certificate."),
              Setting.of("tls.verify", FLAG, "true", "Check names."),
              Setting.of("ratio", NUMBER, "0.5", "A share."),
              Setting.choice("mode", List.of("fast", "safe"), "safe", "How.")));
    }

    @Override
    public ConnectionOptions section(Map<String, String> values) {
      String urls = values.getOrDefault("urls", "127.0.0.1:4222");
      if (urls.isEmpty()) {
        throw new IllegalArgumentException("urls is empty");
      }
      ConnectionOptions options = ConnectionOptions.of("nats", "//" + urls);
      for (var value : values.entrySet()) {
        if (!value.getKey().equals("urls")) {
          options = options.with(value.getKey(), value.getValue());
        }
      }
      return options;
    }
  }
}
