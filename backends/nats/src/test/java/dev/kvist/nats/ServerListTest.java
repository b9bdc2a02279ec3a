package dev.kvist.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of servers, and the login before them. */
final class ServerListTest {
  @Test
  void severalServersAndADefaultPort() {
    ServerList servers = ServerList.parse("nats", "//a:1,b,[::1]:3/");
    assertEquals(List.of("nats://a:1", "nats://b:4222", "nats://[::1]:3"), servers.urls());
    assertNull(servers.user());
  }

  @Test
  void theLoginIsTakenOut() {
    ServerList servers = ServerList.parse("tls", "//us%40er:p%3Ass@a:1,b:2");
    assertEquals(List.of("tls://a:1", "tls://b:2"), servers.urls());
    assertEquals("us@er", servers.user());
    assertEquals("p:ss", servers.secret());
    assertFalse(servers.toString().contains("p:ss"));
    ServerList token = ServerList.parse("nats", "//t0ken@a:1");
    assertNull(token.user());
    assertEquals("t0ken", token.secret());
    assertEquals("nats://a:1", ServerList.withoutUserInfo("nats://u:p@a:1"));
    assertEquals("a:1", ServerList.withoutUserInfo("u:p@a:1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "//",
        "//u:hidden@",
        "//u:hidden@h:x",
        "//u:hidden@h:0",
        "//u:hidden@a b:1",
        "//u:hidden@a:1,v:hidden@b:2",
        "//u:hidden%@a:1",
        "//u:hidden@a:70000",
        "//u:hidden,more@a:1",
        "//u:1,hidden@a:x",
        "//a:1,v:hidden,b@c:1"
      })
  void malformedOnesAreRefusedWithoutTheirLogin(String location) {
    var refused =
        assertThrows(IllegalArgumentException.class, () -> ServerList.parse("nats", location));
    assertFalse(String.valueOf(refused.getMessage()).contains("hidden"), refused.getMessage());
    assertNull(refused.getCause());
  }

  @Test
  void theListOfASectionIsJoined() {
    assertEquals("//a:1,b:2", ServerList.join("nats", List.of("nats://a:1", " b:2")));
    assertThrows(
        IllegalArgumentException.class,
        () -> ServerList.join("nats", List.of("nats://a:1", "tls://b:2")));
  }
}
