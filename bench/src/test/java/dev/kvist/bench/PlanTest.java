package dev.kvist.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.bench.fleet.NatsProgram;
import dev.kvist.bench.work.Trial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PlanTest {
  @Test
  void largeDataSetsAreMeasuredOnceOnWhatHasACache() {
    Plan plan = plan("--engines", "kvist-rocksdb,kvist-simple,lmdb", "--workloads", "large");
    assertEquals(
        List.of("kvist-rocksdb", "kvist-rocksdb", "kvist-rocksdb"),
        plan.trials().stream().map(trial -> trial.subject().name()).toList());
    assertEquals(
        List.of(20_000_000L, 2_000_000L, 50_000L),
        plan.trials().stream().map(Trial::entries).toList());
    assertEquals(List.of(), plan.obstacles());
  }

  @Test
  void aLargeFillThatTakesTooLongIsAnObstacleOfItsSizeAlone() {
    Plan plan = plan("--engines", "mvstore", "--workloads", "large");
    assertEquals(List.of(1024, 65_536), plan.trials().stream().map(Trial::valueBytes).toList());
    Plan.Obstacle obstacle = plan.obstacles().getFirst();
    assertEquals(100, obstacle.valueBytes());
    assertTrue(obstacle.reason().contains("takes 9 minutes"), obstacle.reason());
  }

  @Test
  void theDiskIsThatOfTheLargestStore() {
    Plan small = plan("--engines", "rocksdb-same", "--workloads", "point", "--values", "100");
    Plan large = plan("--engines", "rocksdb-same", "--workloads", "point,large");
    assertEquals(3 * 116_000_000L + (256 << 20), small.bytes());
    assertEquals(3 * 50_000L * (16 + 65_536) + (256 << 20), large.bytes());
  }

  @Test
  void clientsOfAServerAreMeasuredAsSuchAlone() {
    assertEquals(List.of(), plan("--engines", "jnats", "--workloads", "point,open,cli").trials());
    Plan plan = plan("--engines", "kvist-nats,jnats,kvist-simple", "--workloads", "fleet");
    if (NatsProgram.found() == null) {
      assertEquals(List.of(), plan.trials());
      assertEquals(NatsProgram.MISSING, plan.obstacles().getFirst().reason());
    } else {
      assertEquals(
          List.of("kvist-nats", "jnats", "jnats", "kvist-nats", "kvist-nats", "jnats"),
          plan.trials().stream().map(trial -> trial.subject().name()).toList());
      assertEquals(120_000, plan.trials().getFirst().entries());
      assertEquals(100, plan.trials().getFirst().valueBytes());
    }
  }

  private static Plan plan(String... words) {
    return Plan.of(Options.parse(new ArrayList<>(List.of(words)), Path.of("home")));
  }
}
