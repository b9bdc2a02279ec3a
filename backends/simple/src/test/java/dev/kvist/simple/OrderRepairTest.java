package dev.kvist.simple;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KeyRange;
import dev.kvist.KvException;
import dev.kvist.KvObserver;
import dev.kvist.KvStore;
import dev.kvist.Kvist;
import dev.kvist.WriteBatch;
import dev.kvist.tck.Captured;
import dev.kvist.tck.Waiting;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damage in the files of the ordered index costs no key. */
final class OrderRepairTest {
  private static final int KEYS = 100_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path temporary;

  private Path data = Path.of("");

  @BeforeEach
  void fill() {
    data = temporary.resolve("data");
    try (Connection connection = Kvist.open("simple:" + data)) {
      KvStore store = connection.store("b");
      for (int i = 0; i < KEYS; i++) {
        store.writer().put(utf8("key-" + i), utf8("v"));
      }
    }
  }

  /** A bit in each file, so far from its beginning: of a block of keys, of the table of blocks. */
  private void damage(double at) throws IOException {
    List<Path> runs = runs(data);
    assertFalse(runs.isEmpty(), "so many keys are worth a file");
    for (Path run : runs) {
      flipBit(run, (long) (at * (Files.size(run) - 1)));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.001, 0.1, 0.5, 0.9, 0.999, 1})
  void aScanThatMeetsADamagedOrderGoesOnWhenItIsBuiltAnew(double at) throws IOException {
    damage(at);
    try (Connection connection = Kvist.open("simple:" + data)) {
      KvStore store = connection.store("b");
      assertEquals(KEYS, scanned(store));
      assertTrue(connection.maintenance().verify().damages().isEmpty());
      store.writer().put(utf8("one more"), utf8("v"));
      assertEquals(KEYS + 1, scanned(store));
    }
    try (Connection connection = Kvist.open("simple:" + data)) {
      assertEquals(KEYS + 1, scanned(connection.store("b")));
    }
  }

  /** A merge, which drops the keys that died, is the first to meet it. */
  @Test
  void theBackgroundThatMeetsItBuildsItAnewToo() throws IOException {
    damage(0.5);
    try (var repair = Captured.of("dev.kvist.simple.OrderRepair");
        var care = Captured.of("dev.kvist.simple.Care");
        Connection connection = Kvist.open("simple:" + data)) {
      KvStore store = connection.store("b");
      for (int i = 1; i < KEYS; i++) {
        store.writer().delete(utf8("key-" + i));
      }
      Waiting.until(PATIENCE, "a merge", () -> !repair.line("whole again").startsWith("no line"));
      assertTrue(care.line("background work failed").startsWith("no line"), care::toString);
      assertEquals(1, scanned(store));
    }
  }

  /** As that which a user asks for. */
  @Test
  void aCompactionThatMeetsItBuildsItAnewToo() throws IOException {
    damage(0.5);
    try (Connection connection = Kvist.open("simple:" + data)) {
      KvStore store = connection.store("b");
      var batch = new WriteBatch().in("b");
      for (int i = 0; i < KEYS / 2; i++) {
        batch.delete(utf8("key-" + i));
      }
      connection.batch().apply(batch);
      connection.maintenance().compact();
      assertEquals(KEYS / 2, scanned(store));
    }
  }

  /** What is damaged goes a moment before it counts as mended. */
  @Test
  void aScanThatMetItWaitsForTheEndOfARepairThatIsAlmostDone() throws IOException {
    damage(0.5);
    var settings = Settings.read(new SimpleBackend(), ConnectionOptions.parse("simple:" + data));
    try (var repair = new HeldRepair();
        Store store =
            Store.open(
                DiskDirectory.open(data, false),
                settings,
                KvObserver.NONE,
                System::currentTimeMillis,
                false)) {
      var reading =
          new FutureTask<>(
              () -> store.engine.order.read(() -> repair.amid(store.engine.runs::countLive)));
      Thread reader = Thread.ofPlatform().daemon().start(reading);
      Waiting.until(
          PATIENCE,
          "the reader to wait",
          () -> reading.isDone() || (repair.isHeld() && isMet(reader)));
      repair.goOn();
      assertEquals(store.engine.runs.countLive(), Waiting.result(PATIENCE, reading));
    }
  }

  private static boolean isMet(Thread reader) {
    return reader.getState() == Thread.State.WAITING
        && Stream.of(reader.getStackTrace())
            .anyMatch(frame -> frame.getMethodName().equals("isMendedSince"));
  }

  /** Keeps a repair at its last line, behind which it counts. */
  private static final class HeldRepair extends Handler implements AutoCloseable {
    private static final Logger LOGGER = Logger.getLogger("dev.kvist.simple.OrderRepair");

    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    HeldRepair() {
      LOGGER.setLevel(Level.ALL);
      LOGGER.addHandler(this);
    }

    /** Reads, and is told of damage no sooner than the repair is held. */
    <T> T amid(Supplier<T> reading) {
      try {
        return reading.get();
      } catch (KvException.Corrupted e) {
        await(held);
        throw e;
      }
    }

    boolean isHeld() {
      return held.getCount() == 0;
    }

    void goOn() {
      goOn.countDown();
    }

    private static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void publish(LogRecord line) {
      if (line.getMessage().contains("whole again")) {
        held.countDown();
        await(goOn);
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      goOn();
      LOGGER.removeHandler(this);
      LOGGER.setLevel(null);
    }
  }

  /** Several scans meet it at once. */
  @Test
  void manyScansWaitForOne() throws IOException {
    damage(0.5);
    try (Connection connection = Kvist.open("simple:" + data)) {
      KvStore store = connection.store("b");
      Waiting.together(PATIENCE, 4, _ -> assertEquals(KEYS, scanned(store)));
    }
  }

  /** Which has no thread for it, and changes no file. */
  @Test
  void aReadOnlyStoreBuildsItsOrderAnewInMemory() throws IOException {
    damage(0.5);
    List<Path> damaged = runs(data);
    try (Connection connection = Kvist.open("simple:" + data + "?read_only=true")) {
      assertEquals(KEYS, scanned(connection.store("b")));
      assertEquals(KEYS, scanned(connection.store("b")));
    }
    assertEquals(damaged, runs(data));
  }

  private static List<Path> runs(Path data) throws IOException {
    try (Stream<Path> files = Files.list(data.resolve("last_state"))) {
      return files.filter(file -> file.getFileName().toString().startsWith("keys-")).toList();
    }
  }

  private static void flipBit(Path file, long at) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, at);
      one.put(0, (byte) (one.get(0) ^ 1)).flip();
      channel.write(one, at);
    }
  }

  private static int scanned(KvStore store) {
    int count = 0;
    for (byte[] _ : store.reader().keys(KeyRange.all())) {
      count++;
    }
    return count;
  }
}
