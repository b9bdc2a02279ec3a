package dev.kvist.simple;

import dev.kvist.KvEntry;
import dev.kvist.Version;
import dev.kvist.tck.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a simulation knows of a store: every acknowledged change in order, how many of them are
 * certainly on the device, and what the operation under way would change. For one thread.
 */
final class Ledger {
  /** What a change did. The ends of TTLs are not changes here: time tells. */
  enum Kind {
    PUT,
    DELETE,
    PURGE
  }

  /** A key in its bucket. */
  record Place(String bucket, Bytes key) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int buckets = bucket.compareTo(other.bucket);
      return buckets != 0 ? buckets : key.compareTo(other.key);
    }
  }

  /** One change. Compared by identity. */
  static final class Change {
    final Kind kind;
    final Place place;
    final Bytes value;
    final long deadline;
    final boolean pair;
    final long madeAt;

    /** Null where the operation returned none. */
    @Nullable Version version;

    /** Whether it ends its operation: all but the earlier ones of a batch. */
    boolean last = true;

    /** Whether a crash may have taken it without a trace in the state. */
    boolean mayBeLost;

    /** How many compactions had begun before it. */
    int compactions;

    /** In which it was made. */
    long epoch;

    Change(Kind kind, Place place, Bytes value, long deadline, boolean pair, long madeAt) {
      this.kind = kind;
      this.place = place;
      this.value = value;
      this.deadline = deadline;
      this.pair = pair;
      this.madeAt = madeAt;
    }

    private Change(Change other) {
      this(other.kind, other.place, other.value, other.deadline, other.pair, other.madeAt);
      version = other.version;
      last = other.last;
      mayBeLost = other.mayBeLost;
      compactions = other.compactions;
      epoch = other.epoch;
    }

    boolean isLive(long now) {
      return kind == Kind.PUT && deadline > now;
    }

    @Override
    public String toString() {
      return kind
          + " "
          + place.bucket
          + "/"
          + place.key
          + (kind == Kind.PUT ? "=" + value.length() + " bytes" : "")
          + (deadline == KvEntry.NEVER ? "" : " until " + deadline)
          + " "
          + (version == null ? "?" : version.high() + "." + version.low())
          + (last ? "" : " …");
    }
  }

  /** Where a watch could be resumed: behind the first {@code at} changes. */
  record Mark(dev.kvist.WatchCursor cursor, String bucket, int at, int compactions) {}

  final List<Change> changes = new ArrayList<>();
  final NavigableMap<Place, Change> latest = new TreeMap<>();
  final Set<Place> places = new TreeSet<>();
  final Set<String> dropped = new HashSet<>();
  final List<Mark> marks = new ArrayList<>();
  final List<Change> pending = new ArrayList<>();
  private final Set<Version> versions = new HashSet<>();
  private final Map<Place, Change> durableState = new TreeMap<>();
  private int durable;
  int compactions;
  long epoch;
  long now;

  Ledger(long now) {
    this.now = now;
  }

  /** Another future of the same past. */
  Ledger copy() {
    Ledger copy = new Ledger(now);
    Map<Change, Change> copies = new HashMap<>();
    for (Change change : changes) {
      copy.changes.add(copies.computeIfAbsent(change, Change::new));
    }
    for (Change change : pending) {
      copy.pending.add(copies.computeIfAbsent(change, Change::new));
    }
    latest.forEach(
        (place, change) -> copy.latest.put(place, copies.computeIfAbsent(change, Change::new)));
    durableState.forEach((place, change) ->
        copy.durableState.put(place, copies.computeIfAbsent(change, Change::new)));
    copy.places.addAll(places);
    copy.dropped.addAll(dropped);
    copy.marks.addAll(marks);
    copy.versions.addAll(versions);
    copy.durable = durable;
    copy.compactions = compactions;
    copy.epoch = epoch;
    return copy;
  }

  // --- operations -------------------------------------------------------------------------------

  /** Notes what an operation is about to change. */
  Change plan(Kind kind, Place place, byte[] value, long deadline, boolean pair) {
    Change change = new Change(kind, place, Bytes.of(value), deadline, pair, now);
    change.compactions = compactions;
    change.epoch = epoch;
    places.add(place);
    pending.add(change);
    return change;
  }

  Change plan(Kind kind, Place place) {
    return plan(kind, place, Op.NOTHING, KvEntry.NEVER, false);
  }

  /** The planned changes are one operation. */
  void together() {
    pending.forEach(change -> change.last = false);
    if (!pending.isEmpty()) {
      pending.getLast().last = true;
    }
  }

  /** The operation did what was planned; its changes have their versions. */
  void done() {
    for (Change change : pending) {
      Version version = change.version;
      if (version == null && change.kind == Kind.PUT) {
        throw new AssertionError("a put without a version: " + change);
      }
      if (version != null && !versions.add(version)) {
        throw new AssertionError("a version was given before: " + change);
      }
      add(change);
    }
    pending.clear();
  }

  /** The operation certainly did nothing. */
  void refused() {
    pending.clear();
  }

  private void add(Change change) {
    changes.add(change);
    latest.put(change.place, change);
  }

  /** Everything so far is on the device. */
  void synced() {
    while (durable < changes.size()) {
      Change change = changes.get(durable++);
      durableState.put(change.place, change);
    }
  }

  /** Only what was written up to a counter is certainly on the device. */
  void syncedTo(long counter) {
    durable = 0;
    durableState.clear();
    int length = 0;
    for (int i = 0; i < changes.size(); i++) {
      Version version = changes.get(i).version;
      length = version != null && version.low() <= counter && changes.get(i).last ? i + 1 : length;
    }
    while (durable < length) {
      Change change = changes.get(durable++);
      durableState.put(change.place, change);
    }
  }

  /** The change that made the value of a live key; null when it has none. */
  @Nullable Change live(Place place) {
    Change change = latest.get(place);
    return change != null && change.isLive(now) ? change : null;
  }

  /** The live keys of a bucket. */
  List<Change> live(String bucket) {
    var live = new ArrayList<Change>();
    for (Change change :
        latest
            .subMap(
                new Place(bucket, Bytes.of("")),
                true,
                new Place(bucket + "\0", Bytes.of("")),
                false)
            .values()) {
      if (change.isLive(now)) {
        live.add(change);
      }
    }
    return live;
  }

  // --- crashes ----------------------------------------------------------------------------------

  /**
   * Learns from what a store holds after a crash which changes survived: all that were
   * acknowledged, after a power loss at least those that were synced, and of the operation under
   * way all or nothing.
   *
   * @return how many acknowledged changes were lost
   * @throws AssertionError when the state is none of those
   */
  int settle(Map<Place, KvEntry> found, boolean powerLoss) {
    int least = powerLoss ? durable : changes.size();
    Map<Place, Change> state = new TreeMap<>(powerLoss ? durableState : latest);
    int shortest = -1;
    int longest = -1;
    for (int length = least; ; length++) {
      boolean whole = length == 0 || change(length - 1).last;
      if (whole && isState(state, found)) {
        shortest = shortest < 0 ? length : shortest;
        longest = length;
      }
      if (length == changes.size() + pending.size()) {
        break;
      }
      Change next = change(length);
      state.put(next.place, next);
    }
    if (longest < 0) {
      throw new AssertionError(
          "what is there is no state that a "
              + (powerLoss ? "power loss" : "kill")
              + " may leave; to the last acknowledged one it differs by "
              + differences(latest, found)
              + (powerLoss ? "; to the last synced one by " + differences(durableState, found) : "")
              + "; under way: "
              + pending);
    }
    int lost = Math.max(0, changes.size() - longest);
    keep(shortest, longest, found);
    if (powerLoss) {
      dropped.clear();
      synced();
    }
    return lost;
  }

  private Change change(int at) {
    return at < changes.size() ? changes.get(at) : pending.get(at - changes.size());
  }

  private void keep(int shortest, int length, Map<Place, KvEntry> found) {
    for (int i = shortest; i < length; i++) {
      change(i).mayBeLost = true;
    }
    while (changes.size() > length) {
      changes.removeLast();
    }
    for (int i = 0; changes.size() < length; i++) {
      changes.add(pending.get(i));
    }
    pending.clear();
    latest.clear();
    changes.forEach(change -> latest.put(change.place, change));
    latest.forEach((place, change) -> {
      KvEntry entry = found.get(place);
      if (entry != null && change.version == null) {
        change.version = entry.version();
        versions.add(entry.version());
      }
    });
  }

  private boolean isState(Map<Place, Change> state, Map<Place, KvEntry> found) {
    int live = 0;
    for (Change change : state.values()) {
      if (change.isLive(now)) {
        live++;
        KvEntry entry = found.get(change.place);
        if (entry == null || !isSame(change, entry)) {
          return false;
        }
      }
    }
    return live == found.size();
  }

  /** Whether an entry is what a put made. */
  boolean isSame(Change change, KvEntry entry) {
    return (change.version == null
            ? !versions.contains(entry.version())
            : change.version.equals(entry.version()))
        && change.deadline == entry.expiresMillis()
        && change.pair == entry.compressed()
        && change.value.equals(Bytes.of(entry.value()));
  }

  /** Fails unless the store holds just the live keys. */
  void assertHeld(Map<Place, KvEntry> found) {
    if (!isState(latest, found)) {
      throw new AssertionError("the store differs by " + differences(latest, found));
    }
  }

  private List<String> differences(Map<Place, Change> state, Map<Place, KvEntry> found) {
    var differences = new ArrayList<String>();
    for (Place place : places) {
      Change change = state.get(place);
      boolean live = change != null && change.isLive(now);
      KvEntry entry = found.get(place);
      if (live ? entry == null || !isSame(Objects.requireNonNull(change), entry) : entry != null) {
        differences.add(
            (live ? "expected " + change : "not expected (" + change + ")")
                + (entry == null
                    ? ", missing"
                    : ", there "
                        + entry.value().length
                        + " bytes of "
                        + entry.version().high()
                        + "."
                        + entry.version().low()
                        + " until "
                        + entry.expiresMillis()));
      }
    }
    return differences;
  }
}
