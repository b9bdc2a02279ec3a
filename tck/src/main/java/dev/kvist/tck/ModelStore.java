package dev.kvist.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvException;
import dev.kvist.KvStore;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a connection should hold: the list of all changes, and the state they add up to. For one
 * thread.
 *
 * <p>A test does an operation on the store and tells the model what came out; the model refuses
 * what the contract does not allow (a version that comes twice, a condition that did not hold) and
 * knows what every read must say. Its clock moves only by {@link #advanceTo}.
 */
public final class ModelStore {
  private static final Bytes NOTHING = Bytes.of("");

  private final List<Change> changes = new ArrayList<>();
  private final Map<String, NavigableMap<Bytes, Change>> live = new TreeMap<>();
  private final Set<String> versions = new HashSet<>();
  private long nowMillis = Long.MIN_VALUE;

  /** An empty model. */
  public ModelStore() {}

  /** Every change so far, in order. A read-only view. */
  public List<Change> changes() {
    return Collections.unmodifiableList(changes);
  }

  /** The changes of one bucket, in order. */
  public List<Change> changes(String bucket) {
    return changes.stream().filter(change -> change.bucket().equals(bucket)).toList();
  }

  /** The live keys of a bucket, each with the change that made its value. */
  public NavigableMap<Bytes, Change> live(String bucket) {
    return live.computeIfAbsent(bucket, _ -> new TreeMap<>());
  }

  /** The value of a live key; null when it is not live. */
  public byte @Nullable [] get(String bucket, byte[] key) {
    Change change = live(bucket).get(Bytes.of(key));
    return change == null ? null : change.value().array();
  }

  /** The version of a live key; null when it is not live. */
  public @Nullable Version version(String bucket, byte[] key) {
    Change change = live(bucket).get(Bytes.of(key));
    return change == null ? null : change.version();
  }

  /** Which error a write under these conditions must meet; null when it must succeed. */
  public @Nullable Class<? extends KvException> refusal(
      String bucket, byte[] key, PutOptions options) {
    Version actual = version(bucket, key);
    if (options.absent() && actual != null) {
      return KvException.AlreadyExists.class;
    }
    Version expected = options.expected();
    return expected != null && !expected.equals(actual) ? KvException.VersionMismatch.class : null;
  }

  /**
   * A put that succeeded and returned a version. {@code expiresMillis} is its deadline, or {@link
   * KvEntry#NEVER}.
   */
  public void put(
      String bucket,
      byte[] key,
      byte[] value,
      PutOptions options,
      long expiresMillis,
      Version version) {
    assertEquals(
        null, refusal(bucket, key, options), () -> "this put should have failed: " + Bytes.of(key));
    add(
        new Change(
            Change.Kind.PUT,
            bucket,
            Bytes.of(key),
            Bytes.of(value),
            version,
            expiresMillis,
            options.compressed(),
            true));
  }

  /** A plain put. */
  public void put(String bucket, byte[] key, byte[] value, Version version) {
    put(bucket, key, value, PutOptions.DEFAULT, KvEntry.NEVER, version);
  }

  /** A delete; returns whether it must have found something. */
  public boolean delete(String bucket, byte[] key) {
    if (!live(bucket).containsKey(Bytes.of(key))) {
      return false;
    }
    add(marker(Change.Kind.DELETE, bucket, key, null, true));
    return true;
  }

  /** A purge. */
  public void purge(String bucket, byte[] key) {
    add(marker(Change.Kind.PURGE, bucket, key, null, true));
  }

  /**
   * A batch that succeeded with these versions; {@code bucket} is for the operations that name
   * none.
   */
  public void apply(String bucket, WriteBatch batch, List<@Nullable Version> results) {
    var group = new ArrayList<Change>();
    for (int i = 0; i < batch.size(); i++) {
      WriteBatch.Op op = batch.ops().get(i);
      String named = op.bucket();
      String in = named == null ? bucket : named;
      assertEquals(
          null,
          refusal(in, op.key(), op.options()),
          "this batch should have failed at operation " + i);
      Version version = results.get(i);
      switch (op.kind()) {
        case PUT -> {
          long expires =
              op.options().expires() == null
                  ? KvEntry.NEVER
                  : op.options().expires().toEpochMilli();
          group.add(
              new Change(
                  Change.Kind.PUT,
                  in,
                  Bytes.of(op.key()),
                  Bytes.of(op.value()),
                  Changes.present(version, "a put's version"),
                  expires,
                  op.options().compressed(),
                  false));
        }
        case DELETE -> {
          if (live(in).containsKey(Bytes.of(op.key()))) {
            group.add(
                marker(
                    Change.Kind.DELETE,
                    in,
                    op.key(),
                    Changes.present(version, "a delete's version"),
                    false));
          } else {
            assertEquals(null, version, "a delete that found nothing has no version");
          }
        }
        case PURGE -> group.add(marker(Change.Kind.PURGE, in, op.key(), version, false));
        case REQUIRE -> assertEquals(null, version, "a require has no version");
      }
    }
    for (int i = 0; i < group.size(); i++) {
      Change change = group.get(i);
      add(
          new Change(
              change.kind(),
              change.bucket(),
              change.key(),
              change.value(),
              change.version(),
              change.expiresMillis(),
              change.compressed(),
              i == group.size() - 1));
    }
  }

  /** Moves the clock; what is due expires, the earliest first. */
  public void advanceTo(long millis) {
    nowMillis = Math.max(nowMillis, millis);
    var due = new ArrayList<Change>();
    live.values()
        .forEach(keys ->
            keys.values().stream().filter(c -> c.expiresMillis() <= nowMillis).forEach(due::add));
    due.sort(java.util.Comparator.comparingLong(Change::expiresMillis));
    due.forEach(change ->
        add(marker(Change.Kind.EXPIRE, change.bucket(), change.key().array(), null, true)));
  }

  private static Change marker(
      Change.Kind kind, String bucket, byte[] key, @Nullable Version version, boolean last) {
    return new Change(kind, bucket, Bytes.of(key), NOTHING, version, KvEntry.NEVER, false, last);
  }

  private void add(Change change) {
    if (change.version() != null
        && !versions.add(change.bucket() + "/" + change.key() + "/" + change.version())) {
      throw new AssertionError("a version came twice for one key: " + change);
    }
    changes.add(change);
    fold(live, change);
  }

  private static void fold(Map<String, NavigableMap<Bytes, Change>> state, Change change) {
    Map<Bytes, Change> keys = state.computeIfAbsent(change.bucket(), _ -> new TreeMap<>());
    if (change.kind() == Change.Kind.PUT) {
      keys.put(change.key(), change);
    } else {
      keys.remove(change.key());
    }
  }

  /** The keys that a scan of a range returns, in its order; positions are not known here. */
  public List<Bytes> keys(String bucket, KeyRange range) {
    var keys = new ArrayList<Bytes>();
    byte[] from = range.from();
    byte[] to = range.to();
    for (Bytes key : live(bucket).keySet()) {
      if (key.startsWith(range.prefix())
          && (from == null || key.compareTo(Bytes.of(from)) >= 0)
          && (to == null || key.compareTo(Bytes.of(to)) < 0)) {
        keys.add(key);
      }
    }
    List<Bytes> ordered = range.isReversed() ? keys.reversed() : keys;
    return List.copyOf(ordered.subList(0, (int) Math.min(range.limit(), ordered.size())));
  }

  /**
   * Fails unless the connection holds just what the model does, in every bucket that the model
   * knows.
   */
  public void assertHeldBy(Connection connection) {
    live.forEach((bucket, keys) ->
        assertEquals(lines(keys), held(connection.store(bucket)), "bucket " + bucket));
  }

  /**
   * Finds how many of the changes a connection holds after a crash: at least {@code acknowledged},
   * and never a part of a batch. Deadlines are not followed.
   *
   * @throws AssertionError with the difference to the full state when there is no such number
   */
  public int matching(Connection connection, int acknowledged) {
    var held = new TreeMap<String, Set<String>>();
    changes.forEach(
        c -> held.computeIfAbsent(c.bucket(), bucket -> held(connection.store(bucket))));
    var state = new TreeMap<String, NavigableMap<Bytes, Change>>();
    for (int count = 0; count <= changes.size(); count++) {
      if (count > 0) {
        fold(state, changes.get(count - 1));
      }
      boolean whole = count == 0 || changes.get(count - 1).last();
      if (count >= acknowledged
          && whole
          && held.entrySet().stream()
              .allMatch(bucket ->
                  lines(state.getOrDefault(bucket.getKey(), new TreeMap<>()))
                      .equals(bucket.getValue()))) {
        return count;
      }
    }
    assertHeldBy(connection);
    throw new AssertionError("holds every change, but fewer were asked for than " + acknowledged);
  }

  private static Set<String> lines(Map<Bytes, Change> keys) {
    var lines = new TreeSet<String>();
    keys.values().forEach(change -> lines.add(change.toString()));
    return lines;
  }

  private static Set<String> held(KvStore store) {
    var lines = new TreeSet<String>();
    try (var scan = store.reader().scan(KeyRange.all())) {
      scan.forEach(entry -> lines.add(Changes.exact(entry)));
    }
    return lines;
  }
}
