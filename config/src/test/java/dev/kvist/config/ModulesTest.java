package dev.kvist.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.Kvist;
import dev.kvist.bucket.Filters;
import dev.kvist.bucket.Kv;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModulesTest {
  private static final byte[] KEY = Kvist.utf8("key");
  private static final byte[] VALUE = Kvist.utf8("value");

  @TempDir private Path directory;
  private final List<Module> registered = new ArrayList<>();
  private final CapturedLog log = new CapturedLog();

  @BeforeEach
  void reset() {
    FakeConnection.EVENTS.clear();
  }

  @AfterEach
  void unregister() {
    log.close();
    FakeConnection.failingOpen = null;
    FakeConnection.failingPing = null;
    registered.forEach(Modules::unregister);
    assertThrows(IllegalStateException.class, () -> Kv.get("x"), "names are freed");
    assertThrows(IllegalStateException.class, () -> Filters.contains(KEY), "names are freed");
  }

  private RunningModules start(String... lines) {
    return Modules.start(Yaml.read(lines).relativeTo(directory));
  }

  private void register(Module module, int priority) {
    Modules.register(module, priority);
    registered.add(module);
  }

  /** A module that tells what happens to it, and fails where it is told to. */
  private static final class Told implements Module {
    private final String name;
    private final @Nullable String failsAt;

    Told(String name, @Nullable String failsAt) {
      this.name = name;
      this.failsAt = failsAt;
    }

    private void told(String step) {
      FakeConnection.EVENTS.add(step + " " + name);
      if (step.equals(failsAt)) {
        throw new IllegalStateException("no " + step + " today");
      }
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void setup(Configuration configuration) {
      told("setup");
    }

    @Override
    public void start() {
      told("start");
    }

    @Override
    public void stop() {
      told("stop");
    }
  }

  @Test
  void theDefaultStoreIsReadyAfterStart() throws IOException {
    try (RunningModules modules = start("")) {
      Kv.addValue("example", KEY, VALUE);
      assertArrayEquals(VALUE, Kv.getValue("example", KEY));
      Kv.store("simple_kv").set(KEY, VALUE);
      assertArrayEquals(VALUE, modules.connection("simple_kv").store("example").reader().get(KEY));
      assertThrows(IllegalStateException.class, () -> modules.connection("nats"));
      assertEquals(List.of("simple_kv"), modules.names());
    }
    Path flushed = directory.resolve("data/simple_kv/flushed");
    assertEquals("default/key\nexample/key", Files.readString(flushed));
    assertEquals(
        List.of("open simple_kv", "ping simple_kv", "close simple_kv"), FakeConnection.EVENTS);
  }

  @Test
  void theStoreThatIsUsedHasAConnection() {
    try (RunningModules modules = start("store: memory", "memory: {}", "simple_kv: {}")) {
      assertSame(modules.connection("memory"), modules.connection());
    }
    try (RunningModules modules = start("store: simple:data")) {
      assertSame(modules.connection("simple_kv"), modules.connection());
    }
    register(new MyKvBackend(), Modules.BACKEND_PRIORITY);
    try (RunningModules modules = start("store: my_backend", "simple_kv: {}")) {
      assertThrows(IllegalStateException.class, modules::connection);
    }
    try (RunningModules modules = start("simple_kv: {enabled: false}")) {
      assertThrows(IllegalStateException.class, modules::connection);
    }
  }

  @Test
  void registrationAndCloseAreLogged() {
    start(
            "simple_kv: {sync_writes: true}",
            "nats: {phrase: hunter2}",
            "store: simple_kv",
            "server: {port: 1}")
        .close();
    assertEquals(
        List.of(
            "WARNING kvist.yaml: sections that nothing reads: server (there is no module of this"
                + " name)",
            "INFO registered nats: nats://127.0.0.1:4222?phrase=***",
            "INFO registered simple_kv: simple:"
                + directory.resolve("data/simple_kv")
                + "?sync_writes=true",
            "INFO closed simple_kv",
            "INFO closed nats"),
        log.lines());
  }

  @Test
  void aSectionThatIsSwitchedOffIsNotTouched() {
    try (RunningModules modules = start("simple_kv: {enabled: false}", "memory:")) {
      assertEquals(List.of("memory"), modules.names());
      assertThrows(IllegalStateException.class, () -> Kv.store("simple_kv"));
    }
    assertFalse(Files.exists(directory.resolve("data")));
  }

  @Test
  void withEverySectionSwitchedOffNoStoreIsOpened() {
    try (RunningModules modules = start("simple_kv: {enabled: false}")) {
      assertEquals(List.of(), modules.names());
      assertThrows(IllegalStateException.class, () -> Kv.get("x"));
    }
    assertFalse(Files.exists(directory.resolve("data")));
  }

  @Test
  void everyEnabledStoreRegistersAndTheUsedOneIsActive() {
    try (RunningModules modules = start("memory:", "simple_kv:", "nats:", "store: memory")) {
      assertEquals(List.of("simple_kv", "nats", "memory"), modules.names());
      Kv.set("a", VALUE);
      assertArrayEquals(VALUE, Kv.store("memory").get("a"));
      Kv.store("simple_kv").set("b", VALUE);
      Filters.get("nats");
      assertFalse(Kv.store("memory").get("b") != null);
    }
  }

  @Test
  void aUriIsActiveBesideSections() {
    try (RunningModules modules = start("nats:", "store: simple:elsewhere")) {
      assertEquals(List.of("nats", "simple_kv"), modules.names());
      assertTrue(Files.isDirectory(directory.resolve("elsewhere")));
    }
  }

  @Test
  void aUriAndASectionCannotShareAName() {
    var e =
        assertThrows(
            ConfigurationException.class, () -> start("simple_kv:", "store: simple:elsewhere"));
    assertTrue(e.getMessage().contains("both register as simple_kv"), e.getMessage());
    assertEquals(List.of(), FakeConnection.EVENTS);
  }

  @Test
  void modulesRunByPriorityAndStopInReverse() {
    register(new Told("late", null), 10);
    register(new Told("first of equals", null), 0);
    register(new Told("second of equals", null), 0);
    register(new Told("early", null), -200);
    start("memory:").close();
    assertEquals(
        List.of(
            "setup early",
            "open memory",
            "setup first of equals",
            "setup second of equals",
            "setup late",
            "start early",
            "ping memory",
            "start first of equals",
            "start second of equals",
            "start late",
            "stop late",
            "stop second of equals",
            "stop first of equals",
            "close memory",
            "stop early"),
        FakeConnection.EVENTS);
  }

  @Test
  void aFailedSetUpStopsWhatWasSetUp() {
    register(new Told("early", null), -200);
    register(new Told("broken", "setup"), 0);
    register(new Told("late", null), 10);
    var e = assertThrows(ModuleException.class, () -> start("memory:"));
    assertEquals("broken", e.module());
    assertEquals("module broken failed at set-up: no setup today", e.getMessage());
    assertEquals(
        List.of("setup early", "open memory", "setup broken", "close memory", "stop early"),
        FakeConnection.EVENTS);
    assertTrue(
        log.lines()
            .contains(
                "ERROR module broken failed at set-up: java.lang.IllegalStateException: no setup"
                    + " today with its cause"),
        log.lines().toString());
  }

  @Test
  void aFailedStartStopsAllAndAFailedStopIsSuppressed() {
    register(new Told("early", "stop"), -200);
    register(new Told("broken", "start"), 0);
    var e = assertThrows(ModuleException.class, () -> start("memory:"));
    assertEquals("module broken failed at start: no start today", e.getMessage());
    assertEquals(
        List.of("stop broken", "close memory", "stop early"),
        FakeConnection.EVENTS.subList(6, FakeConnection.EVENTS.size()));
    assertEquals("early", assertInstanceOf(ModuleException.class, e.getSuppressed()[0]).module());
  }

  @Test
  void aStoreThatDoesNotOpenOrAnswerIsNamed() {
    FakeConnection.failingOpen = "nats";
    var open = assertThrows(ModuleException.class, () -> start("memory:", "nats:", "store: nats"));
    assertEquals("module nats failed at set-up: the disk is on fire", open.getMessage());
    assertInstanceOf(KvException.IoFailed.class, open.getCause());
    FakeConnection.failingOpen = null;
    FakeConnection.failingPing = "nats";
    var ping = assertThrows(ModuleException.class, () -> start("memory:", "nats:", "store: nats"));
    assertEquals("module nats failed at start: nobody answers", ping.getMessage());
    assertEquals(
        List.of(
            "open memory",
            "close memory",
            "open memory",
            "open nats",
            "ping memory",
            "close nats",
            "close memory"),
        FakeConnection.EVENTS);
  }

  @Test
  void everyModuleIsStoppedAlsoWhenOneFailsTo() {
    register(new Told("one", "stop"), 0);
    register(new Told("two", "stop"), 0);
    RunningModules modules = start("memory:");
    var e = assertThrows(ModuleException.class, modules::close);
    assertEquals("two", e.module());
    assertEquals(1, e.getSuppressed().length);
    assertTrue(FakeConnection.EVENTS.contains("close memory"));
    modules.close();
    registered.forEach(Modules::unregister);
    start("memory:").close();
  }

  @Test
  void closingTwiceStopsOnceAndModulesStartAgain() {
    register(new Told("one", null), 0);
    RunningModules modules = start("memory:");
    assertThrows(IllegalStateException.class, () -> start("memory:"), "running already");
    modules.close();
    modules.close();
    assertEquals(1, FakeConnection.EVENTS.stream().filter("stop one"::equals).count());
    start("memory:").close();
  }

  @Test
  void aSecondModuleOfANameIsRefused() {
    register(new Told("one", null), 0);
    assertThrows(IllegalStateException.class, () -> Modules.register(new Told("one", null), 5));
  }

  @Test
  void aNameThatIsTakenFailsTheSetUpAndClosesTheConnection() {
    Filters.register(
        "memory",
        dev.kvist.bucket.Filter.of(
            new FakeConnection("x", dev.kvist.ConnectionOptions.parse("memory:"))));
    try {
      var e = assertThrows(ModuleException.class, () -> start("memory:"));
      assertTrue(String.valueOf(e.getMessage()).contains("registered already"), e.getMessage());
      assertTrue(FakeConnection.EVENTS.contains("close memory"));
      assertThrows(IllegalStateException.class, () -> Kv.store("memory"));
    } finally {
      Filters.unregister("memory");
    }
  }

  @Test
  void aStoreOfOnesOwnReplacesTheDefault() {
    var own = new MyKvBackend();
    register(own, Modules.BACKEND_PRIORITY);
    try (RunningModules modules = start("")) {
      assertEquals(List.of("my_backend"), modules.names());
      assertTrue(own.isOpen());
      Kv.addValue("example", KEY, VALUE);
      assertArrayEquals(VALUE, own.getValue("example", KEY));
      assertArrayEquals(VALUE, Kv.getValue("example", KEY));
    }
    assertFalse(own.isOpen());
    assertFalse(Files.exists(directory.resolve("data")));
  }

  @Test
  void aStoreOfOnesOwnBesideAConfiguredOneIsActiveUnlessStoreSaysOtherwise() {
    register(new MyKvBackend(), Modules.BACKEND_PRIORITY);
    try (RunningModules modules = start("memory:")) {
      assertEquals(List.of("memory", "my_backend"), modules.names());
      Kv.set("a", VALUE);
      assertArrayEquals(VALUE, Kv.store("my_backend").get("a"));
    }
    try (RunningModules modules = start("memory:", "store: memory")) {
      assertEquals(List.of("memory", "my_backend"), modules.names());
      Kv.set("b", VALUE);
      assertArrayEquals(VALUE, Kv.store("memory").get("b"));
    }
  }

  @Test
  void storeMayNameAModule() {
    register(new MyKvBackend(), -200);
    try (RunningModules modules = start("memory:", "store: my_backend")) {
      assertEquals(List.of("my_backend", "memory"), modules.names());
      Kv.set("a", VALUE);
      assertArrayEquals(VALUE, Kv.store("my_backend").get("a"));
    }
    registered.forEach(Modules::unregister);
    var e = assertThrows(ConfigurationException.class, () -> start("store: my_backend"));
    assertTrue(e.getMessage().contains("no backend or module is called my_backend"));
  }
}
