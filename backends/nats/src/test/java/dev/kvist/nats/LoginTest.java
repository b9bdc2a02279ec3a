package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.tck.Waiting;
import dev.kvist.tck.nats.NatsKind;
import dev.kvist.tck.nats.NatsServer;
import io.nats.client.NKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every way to log in, refused ones in time, and secrets that never appear. */
final class LoginTest {
  private static final String USER =
      "authorization { users = [ { user: carol, password: \"p@ss-word1\" } ] }";

  @TempDir Path temporary;

  private static void works(NatsConnectionConfig config) {
    try (NatsConnection connection = NatsConnection.connect(config)) {
      connection.store("login").writer().put(utf8("k"), utf8("v"));
      assertArrayEquals(utf8("v"), connection.store("login").reader().get(utf8("k")));
      connection.ping();
    }
  }

  /** Refused with the reason, within a second, and without the secrets. */
  private static void refused(NatsConnectionConfig config, String... secrets) {
    long begin = System.nanoTime();
    var error =
        assertThrows(KvException.NotPermitted.class, () -> NatsConnection.connect(config).close());
    long millis = (System.nanoTime() - begin) / 1_000_000;
    assertTrue(millis < 1_000, () -> "refused after " + millis + " ms");
    assertTrue(
        String.valueOf(error.getMessage()).contains("Authorization Violation"), error.getMessage());
    hides(error, secrets);
  }

  private static void hides(Throwable error, String... secrets) {
    var text = new StringWriter();
    error.printStackTrace(new PrintWriter(text));
    for (String secret : secrets) {
      assertFalse(text.toString().contains(secret), () -> "shows " + secret + ": " + text);
    }
  }

  @ParameterizedTest
  @EnumSource
  void userAndPassword(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind, USER)) {
      String address = server.address();
      works(NatsConnectionConfig.of("nats://carol:p%40ss-word1@" + address));
      works(NatsConnectionConfig.of(server.url()).withUser("carol", "p@ss-word1"));
      refused(NatsConnectionConfig.of("nats://carol:wr0ng-one@" + address), "wr0ng-one");
      refused(NatsConnectionConfig.of(server.url()));
      refused(NatsConnectionConfig.of(server.url()).withToken("wr0ng-token"), "wr0ng-token");
    }
  }

  @ParameterizedTest
  @EnumSource
  void token(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind, "authorization { token: \"t0ken-of-ours\" }")) {
      works(NatsConnectionConfig.of("nats://t0ken-of-ours@" + server.address()));
      works(NatsConnectionConfig.of(server.url()).withToken("t0ken-of-ours"));
      refused(NatsConnectionConfig.of(server.url()).withToken("an0ther"), "an0ther");
    }
  }

  @ParameterizedTest
  @EnumSource
  void nkey(NatsKind kind) throws Exception {
    NKey key = NKey.createUser(null);
    String allowed =
        "authorization { users = [ { nkey: " + new String(key.getPublicKey()) + " } ] }";
    try (NatsServer server = NatsServer.start(kind, allowed)) {
      works(NatsConnectionConfig.of(server.url()).withNkeySeed(new String(key.getSeed())));
      String other = new String(NKey.createUser(null).getSeed());
      refused(NatsConnectionConfig.of(server.url()).withNkeySeed(other), other);
    }
  }

  @ParameterizedTest
  @EnumSource
  void credentials(NatsKind kind) throws Exception {
    var jwt = new Jwt();
    try (NatsServer server = NatsServer.start(kind, jwt.serverLines())) {
      Path file = Files.write(temporary.resolve("user.creds"), jwt.creds());
      works(NatsConnectionConfig.of(server.url()).withCredentialsFile(file));
      works(NatsConnectionConfig.of(server.url()).withCredentials(jwt.creds()));
      refused(NatsConnectionConfig.of(server.url()).withCredentials(new Jwt().creds()), jwt.seed());
    }
  }

  @Test
  void whatIsNoCredentialIsFoundAtOnce() throws IOException {
    Path garbage = Files.writeString(temporary.resolve("garbage.creds"), "nothing-of-use");
    String uri = "nats://127.0.0.1:1?connect_retry=0s";
    for (NatsConnectionConfig config :
        List.of(
            NatsConnectionConfig.of(uri).withNkeySeed("SUnothing-of-use"),
            NatsConnectionConfig.of(uri).withCredentials(utf8("nothing-of-use")),
            NatsConnectionConfig.of(uri).with("creds", "%%% nothing-of-use"),
            NatsConnectionConfig.of(uri).withCredentialsFile(garbage),
            NatsConnectionConfig.of(uri).withCredentialsFile(temporary.resolve("missing")))) {
      var error =
          assertThrows(IllegalArgumentException.class, () -> NatsConnection.connect(config));
      hides(error, "nothing-of-use");
    }
    for (NatsConnectionConfig config :
        List.of(
            NatsConnectionConfig.of("nats://u:p@h:1").withToken("t"),
            NatsConnectionConfig.of(uri).with("password", "p"),
            NatsConnectionConfig.of(uri).with("tls.cert", "c"),
            NatsConnectionConfig.of(uri).with("urls", "nats://h:1"))) {
      assertThrows(IllegalArgumentException.class, () -> NatsConnection.connect(config));
    }
  }

  /** Neither in what it says of itself, nor in logs, nor in the errors of a server that is gone. */
  private static void isHidden(NatsServer server, NatsConnectionConfig login, String... secrets) {
    try (Captured ours = Captured.of("dev.kvist");
        Captured theirs = Captured.of("io.nats")) {
      NatsConnectionConfig config =
          login.with("operation_timeout", "300ms").with("connect_retry", "0s");
      String said = config.toString();
      try (Connection connection = NatsConnection.connect(config)) {
        connection.store("b").writer().put(utf8("k"), utf8("v"));
        said += connection + " " + connection.stats() + connection.capabilities();
        said += connection.store("b").toString();
        server.kill();
        Waiting.until(
            Duration.ofSeconds(20), "a line", () -> ours.toString().contains("connection lost"));
        var down =
            assertThrows(
                KvException.class, () -> connection.store("b").writer().put(utf8("k"), utf8("v")));
        hides(down, secrets);
      }
      var failed =
          assertThrows(KvException.ConnectionFailed.class, () -> NatsConnection.connect(config));
      hides(failed, secrets);
      String all = said + ours + theirs;
      for (String secret : secrets) {
        assertFalse(all.contains(secret), all);
      }
    } finally {
      server.start();
    }
  }

  @Test
  void secretsNeverAppear() throws Exception {
    try (NatsServer server = NatsServer.start(NatsKind.CURRENT, USER)) {
      String[] secrets = {"p@ss-word1", "p%40ss-word1"};
      String uri = "nats://carol:p%40ss-word1@" + server.address();
      isHidden(server, NatsConnectionConfig.of(uri), secrets);
      NatsConnectionConfig plain = NatsConnectionConfig.of(server.url());
      isHidden(server, plain.withUser("carol", "p@ss-word1"), secrets);
    }
    String token = "authorization { token: \"t0ken-of-ours\" }";
    try (NatsServer server = NatsServer.start(NatsKind.CURRENT, token)) {
      String uri = "nats://t0ken-of-ours@" + server.address();
      isHidden(server, NatsConnectionConfig.of(uri), "t0ken-of-ours");
      NatsConnectionConfig plain = NatsConnectionConfig.of(server.url());
      isHidden(server, plain.withToken("t0ken-of-ours"), "t0ken-of-ours");
    }
    NKey key = NKey.createUser(null);
    String seed = new String(key.getSeed());
    String allowed =
        "authorization { users = [ { nkey: " + new String(key.getPublicKey()) + " } ] }";
    try (NatsServer server = NatsServer.start(NatsKind.CURRENT, allowed)) {
      isHidden(server, NatsConnectionConfig.of(server.url()).withNkeySeed(seed), seed);
    }
    var jwt = new Jwt();
    byte[] creds = jwt.creds();
    String account = utf8(creds).lines().toList().get(1);
    try (NatsServer server = NatsServer.start(NatsKind.CURRENT, jwt.serverLines())) {
      Path file = Files.write(temporary.resolve("hidden.creds"), creds);
      NatsConnectionConfig plain = NatsConnectionConfig.of(server.url());
      isHidden(server, plain.withCredentialsFile(file), jwt.seed(), account);
      String encoded = Base64.getEncoder().encodeToString(creds);
      isHidden(server, plain.withCredentials(creds), jwt.seed(), account, encoded);
    }
  }

  @Test
  void nothingThatListensIsSaidSo() {
    int port = NatsServer.freePort();
    var error =
        assertThrows(
            KvException.ConnectionFailed.class,
            () -> Kvist.open("nats://u:hidden@127.0.0.1:" + port + "?connect_retry=0s"));
    assertTrue(
        String.valueOf(error.getMessage()).contains("127.0.0.1:" + port), error.getMessage());
    hides(error, "hidden");
  }

  /** Something else may have the port: it is no server until it says so. */
  @Test
  void whatNeverSaysAnythingIsNoServer() throws IOException {
    try (var silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + silent.getLocalPort();
      var error =
          assertThrows(
              KvException.ConnectionFailed.class,
              () -> Kvist.open("nats://" + address + "?connect_timeout=300ms&connect_retry=0s"));
      assertTrue(String.valueOf(error.getMessage()).contains(address), error.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServerWithoutJetStreamIsSaidSo(NatsKind kind) {
    try (NatsServer server = NatsServer.start(kind, "jetstream: disabled")) {
      var error = assertThrows(KvException.ConnectionFailed.class, () -> Kvist.open(server.url()));
      assertTrue(String.valueOf(error.getMessage()).contains("-js"), error.getMessage());
    }
  }
}
