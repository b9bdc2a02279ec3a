package dev.kvist.bench.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.kvist.bench.engine.Subject.Trait;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the workloads ask of engines with a trait. */
final class EngineTest {
  private static final int ENTRIES = 200;

  @TempDir private Path temporary;

  static Stream<String> ordered() {
    // The one is a bound, the other needs more of the JDK than tests open.
    return with(Trait.ORDERED).filter(name -> !List.of("skip-list", "lmdb").contains(name));
  }

  static Stream<String> getsMany() {
    return with(Trait.MULTI_GETS);
  }

  static Stream<String> withCache() {
    return with(Trait.CACHES);
  }

  private static Stream<String> with(Trait trait) {
    return Subject.all().stream().filter(subject -> subject.has(trait)).map(Subject::name);
  }

  @ParameterizedTest
  @MethodSource("ordered")
  void aScanBeginsWithItsKeyAndEndsAfterAsManyAsItMay(String name) throws Exception {
    try (Engine engine = filled(name, 0)) {
      var found = new ArrayList<Byte>();
      assertEquals(
          3,
          engine.scanFrom(
              key(17),
              3,
              (key, value) -> {
                assertArrayEquals(value(key[1]), value);
                found.add(key[1]);
              }));
      assertEquals(List.of((byte) 17, (byte) 18, (byte) 19), found);
      assertEquals(2, engine.scanFrom(key(ENTRIES - 2), 100, (_, _) -> {}));
      assertEquals(0, engine.scanFrom(new byte[] {9}, 100, (_, _) -> {}));
    }
  }

  @ParameterizedTest
  @MethodSource("getsMany")
  void manyKeysAreGotInTheirOrder(String name) throws Exception {
    try (Engine engine = filled(name, 0)) {
      List<byte @Nullable []> values = engine.getAll(List.of(key(5), new byte[] {9, 9}, key(3)));
      assertEquals(3, values.size());
      assertArrayEquals(value(5), values.get(0));
      assertNull(values.get(1));
      assertArrayEquals(value(3), values.get(2));
    }
  }

  @ParameterizedTest
  @MethodSource("withCache")
  void whatIsDeletedStaysAwayWhenItsSpaceIsGivenBack(String name) throws Exception {
    try (Engine engine = filled(name, 32 << 20)) {
      engine.delete(key(7));
      engine.reclaim();
      assertNull(engine.get(key(7)));
      assertArrayEquals(value(8), engine.get(key(8)));
      if (name.startsWith("rocksdb")) {
        assertNotNull(engine.written());
      }
    }
  }

  private Engine filled(String name, long cacheBytes) throws Exception {
    Engine engine =
        Subject.named(name)
            .open(new Subject.Setup(temporary.resolve(name), false, ENTRIES, 100, cacheBytes));
    for (int i = 0; i < ENTRIES; i++) {
      engine.put(key(i), value(i));
    }
    return engine;
  }

  /** Of two bytes, in order. */
  private static byte[] key(int number) {
    return new byte[] {1, (byte) number};
  }

  private static byte[] value(int number) {
    byte[] value = new byte[100];
    value[0] = (byte) number;
    return value;
  }
}
