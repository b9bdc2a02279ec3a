package dev.kvist.nats;

import dev.kvist.ConnectionOptions;
import dev.kvist.KvObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;

/**
 * How {@link NatsConnection#connect} connects. Immutable; what is not said has the default of the
 * {@code nats} section, see {@code docs/configuration.md}. {@link #toString} has no secrets.
 */
public final class NatsConnectionConfig {
  private final ConnectionOptions options;

  private NatsConnectionConfig(ConnectionOptions options) {
    this.options = options;
  }

  /**
   * To the servers of a URI.
   *
   * @param uri {@code nats://[user:password@]host:port[,host:port…]} or {@code tls://…}, with the
   *     settings of the section as options
   * @throws IllegalArgumentException when it is malformed
   */
  public static NatsConnectionConfig of(String uri) {
    return new NatsConnectionConfig(ConnectionOptions.parse(uri));
  }

  /** With a setting by its name in the {@code nats} section. */
  public NatsConnectionConfig with(String name, String value) {
    return new NatsConnectionConfig(options.with(name, value));
  }

  /** Logs in with a name and a password. */
  public NatsConnectionConfig withUser(String user, String password) {
    return with("user", user).with("password", password);
  }

  /** Logs in with a token. */
  public NatsConnectionConfig withToken(String token) {
    return with("token", token);
  }

  /** Logs in with an nkey, given by its seed. */
  public NatsConnectionConfig withNkeySeed(String seed) {
    return with("nkey", seed);
  }

  /** Logs in with a {@code .creds} file. */
  public NatsConnectionConfig withCredentialsFile(Path file) {
    return with("creds_file", file.toString());
  }

  /** Logs in with the content of a {@code .creds} file. */
  public NatsConnectionConfig withCredentials(byte[] content) {
    return with("creds", Base64.getEncoder().encodeToString(content));
  }

  /** Trusts the authorities of a PEM file, and no others. */
  public NatsConnectionConfig withTlsAuthorities(Path file) {
    return with("tls.ca", file.toString());
  }

  /** Shows a certificate of the client, from PEM files with it and its PKCS#8 key. */
  public NatsConnectionConfig withTlsCertificate(Path certificates, Path key) {
    return with("tls.cert", certificates.toString()).with("tls.key", key.toString());
  }

  /** With a time for one attempt to connect. */
  public NatsConnectionConfig withConnectTimeout(Duration time) {
    return with("connect_timeout", millis(time));
  }

  /** With a time for one operation, with all its attempts. */
  public NatsConnectionConfig withOperationTimeout(Duration time) {
    return with("operation_timeout", millis(time));
  }

  private static String millis(Duration time) {
    return time.plusNanos(999_999).toMillis() + "ms";
  }

  /** Without writes. */
  public NatsConnectionConfig readOnly() {
    return with("read_only", "true");
  }

  /** Tells an observer. */
  public NatsConnectionConfig withObserver(KvObserver observer) {
    return new NatsConnectionConfig(options.withObserver(observer));
  }

  ConnectionOptions options() {
    return options;
  }

  @Override
  public String toString() {
    return options.toString();
  }
}
