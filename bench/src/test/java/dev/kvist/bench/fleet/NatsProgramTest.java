package dev.kvist.bench.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class NatsProgramTest {
  private static final Path PATH = Path.of("nats-server");

  @Test
  void justAServerThatHasAllThatIsUsedIsTaken() {
    assertEquals(new NatsProgram(PATH, "2.12.0"), NatsProgram.of(PATH, "nats-server: v2.12.0\n"));
    assertEquals(
        new NatsProgram(PATH, "2.15.1-RC.1"), NatsProgram.of(PATH, "nats-server: v2.15.1-RC.1"));
    assertNull(NatsProgram.of(PATH, "nats-server: v2.9.10"));
    assertNull(NatsProgram.of(PATH, "nats-server: v2.11.9"));
    assertNull(NatsProgram.of(PATH, "something else"));
  }
}
