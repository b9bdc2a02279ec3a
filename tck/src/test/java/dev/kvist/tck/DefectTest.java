package dev.kvist.tck;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The kit fails on backends that are wrong: each defect is noticed by the test that is there for
 * it.
 */
class DefectTest {
  /**
   * A reference backend with one defect, and tests that do not wait long for what will not come.
   */
  static final class DefectiveBackend extends ReferenceConformanceTest {
    private final Defect defect;

    DefectiveBackend(Defect defect) {
      this.defect = defect;
    }

    @Override
    public Connection open(ConnectionOptions options, Capability... required) {
      return ReferenceConnection.open(options, Set.of(), defect, required);
    }

    @Override
    public Duration patience() {
      return Duration.ofSeconds(1);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void everyDefectIsNoticed(Defect defect) {
    assertThrows(
        Throwable.class, () -> run(defect, defect.noticedBy), "the test must fail on " + defect);
  }

  @Test
  void theTestsPassWithoutADefect() {
    for (String cheap : new String[] {"everyByteValueIsAKey", "whatIsRefusedTellsNobody"}) {
      assertDoesNotThrow(() -> run(Defect.NONE, cheap));
    }
  }

  /** Runs one test of the kit as JUnit would: in a place of its own, on a thread that may hang. */
  private static void run(Defect defect, String test) throws Throwable {
    var backend = new DefectiveBackend(defect);
    Method method = ConnectionContract.class.getMethod(test, Place.class);
    try (var place = new Place(backend, backend.options())) {
      var outcome =
          Waiting.start(
              Thread.ofPlatform().daemon(),
              () -> {
                try {
                  method.invoke(backend, place);
                } catch (InvocationTargetException e) {
                  throw new AssertionError(e.getCause());
                }
              });
      Waiting.result(Duration.ofSeconds(20), outcome);
    }
  }
}
