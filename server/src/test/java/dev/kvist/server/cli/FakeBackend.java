package dev.kvist.server.cli;

import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.WatchCursor;
import dev.kvist.spi.Backend;
import dev.kvist.spi.LogRecord;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Stores in plain maps, {@code fake:NAME}, which outlive their connections; {@code fake:owned} is
 * in use by another process, {@code fake:plain} has no batches, {@code fake:broken} is damaged,
 * {@code fake:full} takes nothing, {@code fake:faulty} keeps other values than it got; watches of
 * {@code fake:live…} wait for changes.
 */
public final class FakeBackend implements Backend {
  private static final Map<String, FakeConnection.Data> STORES = new ConcurrentHashMap<>();

  /** For the service loader. */
  public FakeBackend() {}

  @Override
  public Set<String> schemes() {
    return Set.of("fake");
  }

  @Override
  public String registeredName() {
    return "fake";
  }

  @Override
  public Connection open(ConnectionOptions options) {
    if (options.location().equals("owned")) {
      throw new KvException.AlreadyOwned("owned", 4242);
    }
    if (options.location().equals("huge")) {
      throw new OutOfMemoryError("Java heap space");
    }
    if (options.location().equals("buggy")) {
      throw new AssertionError("a bug");
    }
    boolean readOnly = "true".equals(options.settings().get("read_only"));
    FakeConnection.Data data =
        STORES.computeIfAbsent(options.location(), _ -> new FakeConnection.Data());
    return new FakeConnection(options.location(), data, readOnly);
  }

  @Override
  public Repair repair(ConnectionOptions options) {
    if (options.location().startsWith("faded-")) {
      int unnamed = Integer.parseInt(options.location().substring("faded-".length()));
      return new Repair(3, 120, List.of(), List.of(), unnamed, "faded/dropped-1");
    }
    return options.location().equals("broken")
        ? new Repair(
            3,
            120,
            List.of("wal/1.log, bytes 192 to 312: 1 record cannot be read"),
            List.of("demo/a\\x00"),
            "broken/dropped-1")
        : new Repair(1, 0, List.of(), List.of(), "");
  }

  @Override
  public void readLog(ConnectionOptions options, Consumer<LogRecord> to) {
    to.accept(new LogRecord("wal/1.log", 64, WatchCursor.of(1, 1), 0, "put", "demo", "a", 5, true));
    to.accept(
        new LogRecord(
            "wal/1.log", 128, WatchCursor.of(1, 2), 1000, "delete", "demo", "a", 0, true));
    to.accept(new LogRecord("wal/1.log", 192, null, 0, "damaged", "", "", 0, false));
  }
}
