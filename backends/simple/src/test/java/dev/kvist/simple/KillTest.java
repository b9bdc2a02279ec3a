package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.Connection;
import dev.kvist.KvException;
import dev.kvist.KvUpdate;
import dev.kvist.KvWatch;
import dev.kvist.Kvist;
import dev.kvist.WatchCursor;
import dev.kvist.WatchOptions;
import dev.kvist.WatchScope;
import dev.kvist.tck.Captured;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that are killed while their threads write, and one store that outlives them all: every
 * acknowledged write is there, what was under way is there whole or not at all, the open does not
 * read the log, and watches resume where they were. 10 rounds, 200 with {@code KVIST_DEEP=1}.
 */
final class KillTest {
  private static final int WRITERS = 4;
  private static final Pattern OPENED =
      Pattern.compile("open with (\\d+) entries in \\d+ ms \\((.*); (\\d+) records read, .*");

  @TempDir Path temporary;

  private final Random random = new Random();
  private final List<Map<String, Integer>> states = new ArrayList<>();
  private final int[] done = new int[WRITERS];
  private final StringBuilder cursorText = new StringBuilder();
  private int resumed;

  @Test
  void everyAcknowledgedWriteOutlivesItsProcess() throws IOException {
    boolean deep = "1".equals(System.getenv("KVIST_DEEP"));
    for (int writer = 0; writer < WRITERS; writer++) {
      states.add(new HashMap<>());
    }
    int rounds = deep ? 200 : 10;
    for (int round = 0; round < rounds; round++) {
      boolean sync = round % 2 == 1;
      int[] acknowledged = done.clone();
      Arrays.setAll(acknowledged, writer -> done[writer] - 1);
      try (var child = KillChild.start(uri(sync), done)) {
        child.read(1 + random.nextInt(sync ? 300 : 3_000), acknowledged);
        child.kill(acknowledged);
      }
      check(acknowledged, round);
    }
    assertTrue(resumed > rounds / 2, "resumed " + resumed + " of " + rounds);
  }

  private String uri(boolean sync) {
    return "simple:" + temporary + "?segment_size=256KiB&retention_bytes=8MiB&sync_writes=" + sync;
  }

  private void check(int[] acknowledged, int round) {
    try (var log = Captured.of("dev.kvist.simple.Store");
        Connection connection = Kvist.open(uri(false))) {
      Matcher opened = OPENED.matcher(log.line(" open with "));
      assertTrue(opened.matches(), log::toString);
      assertEquals("after a kill", opened.group(2), log::toString);
      assertTrue(Integer.parseInt(opened.group(3)) <= WRITERS + 4, log::toString);
      for (int writer = 0; writer < WRITERS; writer++) {
        settle(connection, writer, acknowledged[writer], round);
      }
      assertEquals(List.of(), connection.maintenance().verify().damages());
      resume(connection);
    }
  }

  /** The operation behind the last acknowledged one may have been done, and not been said. */
  private void settle(Connection connection, int writer, int acknowledged, int round) {
    Map<String, Integer> state = states.get(writer);
    for (int operation = done[writer]; operation <= acknowledged; operation++) {
      KillHistory.applyTo(state, writer, operation);
    }
    done[writer] = acknowledged + 1;
    @Nullable String without = KillHistory.difference(connection, state, writer);
    if (without != null) {
      KillHistory.applyTo(state, writer, acknowledged + 1);
      @Nullable String with = KillHistory.difference(connection, state, writer);
      assertEquals(
          null,
          with,
          () ->
              "round "
                  + round
                  + ", writer "
                  + writer
                  + ", acknowledged up to "
                  + acknowledged
                  + "; without the next one: "
                  + without);
      done[writer]++;
    }
  }

  /** A watch goes on where the one before the kill was; what it tells adds up to the state. */
  private void resume(Connection connection) {
    var store = connection.store(KillHistory.OTHER_BUCKET);
    if (!cursorText.isEmpty()) {
      Map<String, byte[]> replica = new HashMap<>(folded);
      try (KvWatch watch =
          store
              .watcher()
              .watch(
                  WatchScope.all(), WatchOptions.from(WatchCursor.parse(cursorText.toString())))) {
        KvUpdate update;
        while ((update = watch.next(Duration.ZERO)) != null) {
          fold(replica, update);
        }
        resumed++;
        assertSame(connection, replica);
      } catch (KvException.CursorExpired e) {
        // Compaction went past it; the rounds are counted where that was not so.
      }
    }
    try (KvWatch watch = store.watcher().watch(WatchScope.all(), WatchOptions.fromState())) {
      folded.clear();
      KvUpdate update = watch.next();
      for (; !(update instanceof KvUpdate.CaughtUp); update = watch.next()) {
        fold(folded, update);
      }
      assertSame(connection, folded);
      cursorText.setLength(0);
      cursorText.append(update.cursor());
    }
  }

  private final Map<String, byte[]> folded = new HashMap<>();

  private static void fold(Map<String, byte[]> replica, KvUpdate update) {
    switch (update) {
      case KvUpdate.Put put -> replica.put(Kvist.utf8(put.key()), put.value());
      case KvUpdate.Delete delete -> replica.remove(Kvist.utf8(delete.key()));
      case KvUpdate.Purge purge -> replica.remove(Kvist.utf8(purge.key()));
      case KvUpdate.CaughtUp _ -> {}
    }
  }

  private static void assertSame(Connection connection, Map<String, byte[]> replica) {
    var reader = connection.store(KillHistory.OTHER_BUCKET).reader();
    int keys = 0;
    for (var entry : reader.scan(dev.kvist.KeyRange.all())) {
      keys++;
      assertTrue(
          Arrays.equals(entry.value(), replica.get(Kvist.utf8(entry.key()))), entry::toString);
    }
    assertEquals(keys, replica.size());
  }
}
