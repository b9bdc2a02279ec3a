package dev.kvist.nats;

import static dev.kvist.spi.Setting.Type.DURATION;
import static dev.kvist.spi.Setting.Type.FLAG;
import static dev.kvist.spi.Setting.Type.INTEGER;
import static dev.kvist.spi.Setting.Type.LIST;
import static dev.kvist.spi.Setting.Type.SECRET;
import static dev.kvist.spi.Setting.Type.TEXT;

import dev.kvist.ConnectionOptions;
import dev.kvist.StorageType;
import dev.kvist.spi.Backend;
import dev.kvist.spi.Setting;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The options of a connection, by the names of the {@code nats} section. Holds secrets. */
record Settings(
    List<String> servers,
    @Nullable String user,
    @Nullable String password,
    @Nullable String token,
    @Nullable String nkey,
    @Nullable String creds,
    @Nullable String credsFile,
    @Nullable String tlsCa,
    @Nullable String tlsCert,
    @Nullable String tlsKey,
    Duration connectTimeout,
    Duration connectRetry,
    Duration operationTimeout,
    StorageType storage,
    int replicas,
    Duration markerRetention,
    boolean directReads,
    boolean reconcile,
    boolean readOnly) {
  static final String URLS = "urls";
  static final String DEFAULT_URL = "nats://127.0.0.1:4222";

  /** What the URIs of the backend and its sections of the configuration may say. */
  static final List<Setting> TABLE =
      List.of(
          Setting.of(URLS, LIST, DEFAULT_URL, "The servers."),
          Setting.of("user", TEXT, null, "The user."),
          Setting.of("password", SECRET, null, "The password of the user."),
          Setting.of("token", SECRET, null, "A token, in place of a user."),
          Setting.of("nkey", SECRET, null, "The seed of an nkey, in place of a user."),
          Setting.of("creds", SECRET, null, "The content of a .creds file in base64."),
          Setting.of("creds_file", TEXT, null, "The path of a .creds file."),
          Setting.of("tls.ca", TEXT, null, "A PEM file of the authorities to trust."),
          Setting.of("tls.cert", TEXT, null, "A PEM file with the client's certificates."),
          Setting.of("tls.key", TEXT, null, "A PEM file with the client's private key."),
          Setting.of("connect_timeout", DURATION, "2s", "The time for one attempt to connect.")
              .atLeast("1ms"),
          Setting.of("connect_retry", DURATION, "2s", "How long the open goes on trying."),
          Setting.of("operation_timeout", DURATION, "30s", "The time for one operation.")
              .atLeast("1ms"),
          Setting.choice(
              "storage", List.of("file", "memory"), "file", "Where new buckets are kept."),
          Setting.of("replicas", INTEGER, "1", "How many servers keep a new bucket.")
              .between("1", "5"),
          Setting.of("marker_retention", DURATION, "7d", "How long a new bucket keeps markers.")
              .atLeast("1s"),
          Setting.choice(
              "reads", List.of("leader", "direct"), "leader", "Which replicas answer reads."),
          Setting.of("reconcile", FLAG, "false", "Change a bucket to the configuration asked for."),
          Setting.of("read_only", FLAG, "false", "Write nothing."));

  /**
   * Reads the options of a connection; absent ones keep the default of the table.
   *
   * @throws IllegalArgumentException naming the option and what is wrong with it
   */
  static Settings read(Backend backend, ConnectionOptions options) {
    var given = dev.kvist.spi.Settings.of(backend, options);
    if (given.given(URLS)) {
      throw new IllegalArgumentException(
          options.scheme() + ": takes its servers after the colon, not as " + URLS);
    }
    ServerList servers = ServerList.parse(options.scheme(), options.location());
    @Nullable String user = given.text("user");
    boolean isToken = servers.user() == null && servers.secret() != null;
    var settings =
        new Settings(
            servers.urls(),
            user == null ? servers.user() : user,
            firstOf(given.text("password"), isToken ? null : servers.secret()),
            firstOf(given.text("token"), isToken ? servers.secret() : null),
            given.text("nkey"),
            given.text("creds"),
            given.text("creds_file"),
            given.text("tls.ca"),
            given.text("tls.cert"),
            given.text("tls.key"),
            Objects.requireNonNull(given.duration("connect_timeout")),
            Objects.requireNonNull(given.duration("connect_retry")),
            Objects.requireNonNull(given.duration("operation_timeout")),
            StorageType.valueOf(
                Objects.requireNonNull(given.text("storage")).toUpperCase(Locale.ROOT)),
            (int) given.integer("replicas", 1),
            Objects.requireNonNull(given.duration("marker_retention")),
            "direct".equals(given.text("reads")),
            given.flag("reconcile"),
            given.flag("read_only"));
    settings.check();
    return settings;
  }

  private static @Nullable String firstOf(@Nullable String one, @Nullable String other) {
    return one == null ? other : one;
  }

  private void check() {
    int ways = 0;
    for (@Nullable String way : new @Nullable String[] {user, token, nkey, creds, credsFile}) {
      ways += way == null ? 0 : 1;
    }
    if (ways > 1) {
      throw new IllegalArgumentException(
          "nats: give one way to log in: user and password, token, nkey, creds or creds_file");
    }
    if (password != null && user == null) {
      throw new IllegalArgumentException("nats: password needs user");
    }
    if ((tlsCert == null) != (tlsKey == null)) {
      throw new IllegalArgumentException("nats: tls.cert and tls.key go together");
    }
  }

  boolean isTls() {
    return tlsCa != null || tlsCert != null || servers.getFirst().startsWith("tls:");
  }

  /** The servers; never a secret. */
  @Override
  public String toString() {
    return String.join(",", servers);
  }
}
