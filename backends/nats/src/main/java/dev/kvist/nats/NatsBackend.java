package dev.kvist.nats;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.spi.Backend;
import dev.kvist.spi.Setting;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The {@code nats:} backend: buckets on NATS JetStream, shared by every client of a cluster.
 *
 * <p>{@code nats://[user:password@]host:port[,host:port…]} names the servers, {@code tls://…} the
 * same with TLS; settings are those of the {@code nats} section, see {@code docs/configuration.md}.
 */
public final class NatsBackend implements Backend {
  private static final String PLAIN = "nats";
  private static final String SECURED = "tls";

  /** For {@link java.util.ServiceLoader}. */
  public NatsBackend() {}

  @Override
  public Set<String> schemes() {
    return Set.of(PLAIN, SECURED);
  }

  @Override
  public String registeredName() {
    return "nats";
  }

  @Override
  public List<Setting> settings() {
    return Settings.TABLE;
  }

  @Override
  public ConnectionOptions section(Map<String, String> values) {
    List<String> urls =
        List.of(values.getOrDefault(Settings.URLS, Settings.DEFAULT_URL).split(","));
    String scheme = urls.getFirst().trim().startsWith(SECURED + "://") ? SECURED : PLAIN;
    ConnectionOptions options = ConnectionOptions.of(scheme, ServerList.join(scheme, urls));
    for (Setting setting : settings()) {
      String value = values.get(setting.name());
      if (value != null && !setting.name().equals(Settings.URLS)) {
        options = options.with(setting.name(), value);
      }
    }
    return options;
  }

  @Override
  public Connection open(ConnectionOptions options) {
    return NatsConnection.open(options);
  }
}
