package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import java.io.FileInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections with TLS: own authorities, certificates of clients, and names that do not fit. */
final class TlsTest {
  private static final String PASSWORD = "changeit";

  @TempDir static Path temporary;

  /** PEM files of a new key and its certificate. */
  private record Identity(Path certificate, Path key) {}

  private static Identity server;
  private static Identity stranger;
  private static Identity client;

  @BeforeAll
  static void makeCertificates() throws Exception {
    server = identity("server", "ip:127.0.0.1", "EC");
    stranger = identity("stranger", "dns:elsewhere.example", "EC");
    client = identity("client", "dns:client.example", "RSA");
  }

  private static Identity identity(String name, String subject, String algorithm) throws Exception {
    Path store = temporary.resolve(name + ".p12");
    Process made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD,
                "-alias",
                name,
                "-dname",
                "CN=" + name,
                "-keyalg",
                algorithm,
                "-ext",
                "SAN=" + subject)
            .redirectErrorStream(true)
            .redirectOutput(temporary.resolve("keytool.log").toFile())
            .start();
    assertEquals(0, made.waitFor(), () -> read(temporary.resolve("keytool.log")));
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (var in = new FileInputStream(store.toFile())) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return new Identity(
        pem(name + ".pem", "CERTIFICATE", keys.getCertificate(name).getEncoded()),
        pem(
            name + ".key",
            "PRIVATE KEY",
            Objects.requireNonNull(keys.getKey(name, PASSWORD.toCharArray())).getEncoded()));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }

  private static Path pem(String file, String kind, byte[] content) throws Exception {
    String text =
        "-----BEGIN "
            + kind
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
            + "\n-----END "
            + kind
            + "-----\n";
    return Files.write(temporary.resolve(file), text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String tls(Identity identity, String more) {
    return "tls { cert_file: \"%s\", key_file: \"%s\", timeout: 5%s }"
        .formatted(identity.certificate(), identity.key(), more);
  }

  private static NatsConnectionConfig config(NatsServer server) {
    return NatsConnectionConfig.of("tls://" + server.address()).with("connect_retry", "0s");
  }

  private static void works(NatsConnectionConfig config) {
    try (NatsConnection connection = NatsConnection.connect(config)) {
      connection.store("tls").writer().put(utf8("k"), utf8("v"));
      assertArrayEquals(utf8("v"), connection.store("tls").reader().get(utf8("k")));
    }
  }

  private static KvException fails(NatsConnectionConfig config) {
    return assertThrows(KvException.class, () -> NatsConnection.connect(config).close());
  }

  @ParameterizedTest
  @EnumSource
  void ownAuthorities(NatsKind kind) {
    try (NatsServer running = NatsServer.start(kind, tls(server, ""))) {
      works(config(running).withTlsAuthorities(server.certificate()));
      works(NatsConnectionConfig.of(running.url()).withTlsAuthorities(server.certificate()));
      assertTrue(
          String.valueOf(fails(config(running)).getMessage()).contains("certificat"),
          "the JDK's authorities do not know it");
      fails(config(running).withTlsAuthorities(stranger.certificate()));
    }
  }

  @Test
  void aCertificateForAnotherHostIsRefused() {
    try (NatsServer running = NatsServer.start(NatsKind.CURRENT, tls(stranger, ""))) {
      KvException refused = fails(config(running).withTlsAuthorities(stranger.certificate()));
      assertTrue(String.valueOf(refused.getMessage()).contains("127.0.0.1"), refused.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void certificatesOfClients(NatsKind kind) {
    String verify = ", verify: true, ca_file: \"" + client.certificate() + "\"";
    try (NatsServer running = NatsServer.start(kind, tls(server, verify))) {
      NatsConnectionConfig without = config(running).withTlsAuthorities(server.certificate());
      works(without.withTlsCertificate(client.certificate(), client.key()));
      fails(without);
      fails(without.withTlsCertificate(stranger.certificate(), stranger.key()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatWantsTheOtherSchemeIsNamed(NatsKind kind) {
    try (NatsServer running = NatsServer.start(kind, tls(server, ""))) {
      KvException refused =
          fails(NatsConnectionConfig.of(running.url()).with("connect_retry", "0s"));
      assertTrue(
          String.valueOf(refused.getMessage()).endsWith("wants TLS; write tls:// for nats://"),
          refused.getMessage());
    }
    try (NatsServer running = NatsServer.start(kind)) {
      KvException refused = fails(config(running));
      assertTrue(
          String.valueOf(refused.getMessage()).endsWith("has no TLS; write nats:// for tls://"),
          refused.getMessage());
    }
  }

  @Test
  void filesThatHoldSomethingElseAreNamed() {
    NatsConnectionConfig config = NatsConnectionConfig.of("tls://127.0.0.1:1");
    for (NatsConnectionConfig wrong :
        new NatsConnectionConfig[] {
          config.withTlsAuthorities(temporary.resolve("missing.pem")),
          config.withTlsAuthorities(server.key()),
          config.withTlsCertificate(server.certificate(), server.certificate())
        }) {
      var refused =
          assertThrows(IllegalArgumentException.class, () -> NatsConnection.connect(wrong));
      assertTrue(String.valueOf(refused.getMessage()).contains("tls."), refused.getMessage());
    }
  }
}
