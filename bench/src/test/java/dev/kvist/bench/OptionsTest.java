package dev.kvist.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.bench.engine.Subject;
import dev.kvist.bench.work.Workload;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OptionsTest {
  private static final Path HOME = Path.of("home").toAbsolutePath();

  @Test
  void withoutArgumentsEverythingIsMeasuredAtItsFullSize() {
    Options options = parse();
    assertEquals(Subject.all(), options.engines());
    assertEquals(List.of(Workload.values()), options.workloads());
    assertEquals(List.of(100, 1024), options.valueBytes());
    assertEquals(1_000_000, options.entries());
    assertEquals(20_000_000, options.growEntries());
    assertEquals(
        List.of(
            new LargeSet(20_000_000, 100),
            new LargeSet(2_000_000, 1024),
            new LargeSet(50_000, 65_536)),
        options.largeSets());
    assertEquals(3, options.rounds());
    assertEquals(300_000, options.loopMillis());
    assertEquals(HOME.resolve("data"), options.data());
    assertNull(options.document());
  }

  @Test
  void quickIsSmallWhereverItStands() {
    Options options = parse("--rounds", "2", "--quick");
    assertTrue(options.quick());
    assertEquals(20_000, options.entries());
    assertEquals(List.of(100), options.valueBytes());
    assertEquals(2, options.rounds());
    assertEquals(new LargeSet(500, 65_536), options.largeSets().getLast());
  }

  @Test
  void chosenValuesChooseAmongTheLargeDataSetsToo() {
    Options options = parse("--values", "65536,100", "--large-share", "0.5");
    assertEquals(
        List.of(new LargeSet(10_000_000, 100), new LargeSet(25_000, 65_536)), options.largeSets());
    assertEquals(List.of(), parse("--values", "8").largeSets());
  }

  @Test
  void eachOptionIsTaken() {
    Options options =
        parse(
            "--engines", "map,kvist-simple",
            "--workloads", "point,Synced",
            "--values", "8,64",
            "--entries", "5000",
            "--grow-entries", "6000",
            "--seconds", "0.5",
            "--loop-seconds", "7",
            "--dir", "/tmp/x",
            "--out", "/tmp/out",
            "--doc", "page.md",
            "--kvist-jvm", "-Xmx32m  -XX:+UseSerialGC",
            "--jvm", "-Xint");
    assertEquals(
        List.of("map", "kvist-simple"), options.engines().stream().map(Subject::name).toList());
    assertEquals(List.of(Workload.POINT, Workload.SYNCED), options.workloads());
    assertEquals(List.of(8, 64), options.valueBytes());
    assertEquals(5_000, options.entries());
    assertEquals(6_000, options.growEntries());
    assertEquals(500, options.millis());
    assertEquals(7_000, options.loopMillis());
    assertEquals(Path.of("/tmp/x/kvist-bench"), options.data());
    assertEquals(Path.of("/tmp/out"), options.out());
    assertEquals(Path.of("page.md"), options.document());
    assertEquals(List.of("-Xmx32m", "-XX:+UseSerialGC"), options.kvistJvm());
    assertEquals(List.of("-Xint"), options.jvm());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "--colour;red;no option --colour",
        "--rounds;;value is missing",
        "--rounds;many;'many' is none",
        "--rounds;0;from 1.0 to 100.0",
        "--entries;NaN;from 1000.0",
        "--values;100,;'' is none",
        "--engines;map,mop;mop",
        "--workloads;pint;no workload 'pint'; there are [point"
      })
  void whatIsWrongIsNamed(String name, String value, String message) {
    var arguments = value == null ? List.of(name) : List.of(name, value);
    var refusal =
        assertThrows(IllegalArgumentException.class, () -> Options.parse(arguments, HOME));
    assertTrue(String.valueOf(refusal.getMessage()).contains(message), refusal::getMessage);
  }

  private static Options parse(String... arguments) {
    return Options.parse(Arrays.asList(arguments), HOME);
  }
}
