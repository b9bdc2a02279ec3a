package dev.kvist.tck;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The directory entries of a {@link SimulatedDisk}: those the process sees, those the device has,
 * and the changes between the two. The disk guards it.
 *
 * <p>A change is atomic. It is durable once every folder it touches was synced, or because a later
 * change of the same name is; a power loss keeps any selection of the others in which no change
 * stands without the earlier changes of its names.
 */
final class SimulatedNames {
  private final SortedMap<String, SimulatedContent> seen;
  private final SortedMap<String, SimulatedContent> durable;
  private final List<Change> pending;

  private record Change(
      @Nullable String from,
      @Nullable String to,
      @Nullable SimulatedContent content,
      Set<String> unsynced) {
    boolean touches(Set<String> names) {
      return names.contains(from) || names.contains(to);
    }

    void addNamesTo(Set<String> names) {
      if (from != null) {
        names.add(from);
      }
      if (to != null) {
        names.add(to);
      }
    }

    void applyTo(Map<String, SimulatedContent> entries) {
      if (from != null) {
        entries.remove(from);
      }
      if (to != null && content != null) {
        entries.put(to, content);
      }
    }
  }

  SimulatedNames() {
    this(new TreeMap<>(), new TreeMap<>(), new ArrayList<>());
  }

  private SimulatedNames(
      SortedMap<String, SimulatedContent> seen,
      SortedMap<String, SimulatedContent> durable,
      List<Change> pending) {
    this.seen = seen;
    this.durable = durable;
    this.pending = pending;
  }

  @Nullable SimulatedContent get(String name) {
    return seen.get(name);
  }

  List<String> in(String folder) {
    return seen.keySet().stream().filter(name -> folderOf(name).equals(folder)).toList();
  }

  void create(String name, SimulatedContent content) {
    change(null, name, content);
  }

  void delete(String name) {
    change(name, null, null);
  }

  void rename(String from, String to) {
    change(from, to, seen.get(from));
  }

  private void change(
      @Nullable String from, @Nullable String to, @Nullable SimulatedContent content) {
    Set<String> folders = new HashSet<>();
    if (from != null) {
      folders.add(folderOf(from));
    }
    if (to != null) {
      folders.add(folderOf(to));
    }
    var change = new Change(from, to, content, folders);
    change.applyTo(seen);
    pending.add(change);
  }

  /** Makes the changes of a folder durable, with those that they rest on. */
  void sync(String folder) {
    List<Change> due = new ArrayList<>();
    List<Change> kept = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Change change : pending.reversed()) {
      change.unsynced.remove(folder);
      if (change.unsynced.isEmpty() || change.touches(names)) {
        due.add(change);
        change.addNamesTo(names);
      } else {
        kept.add(change);
      }
    }
    due.reversed().forEach(change -> change.applyTo(durable));
    pending.clear();
    pending.addAll(kept.reversed());
  }

  /** Every content that a process sees or that the device leads to. */
  Set<SimulatedContent> contents() {
    Set<SimulatedContent> contents = new HashSet<>();
    contents.addAll(seen.values());
    contents.addAll(durable.values());
    for (Change change : pending) {
      if (change.content != null) {
        contents.add(change.content);
      }
    }
    return contents;
  }

  /** The contents that have a name. */
  Collection<SimulatedContent> named() {
    return seen.values();
  }

  /** The same entries and changes over other contents. */
  SimulatedNames afterKill(UnaryOperator<SimulatedContent> copy) {
    Map<SimulatedContent, SimulatedContent> copies = new HashMap<>();
    contents().forEach(content -> copies.put(content, copy.apply(content)));
    List<Change> changes = new ArrayList<>();
    for (Change c : pending) {
      SimulatedContent content = c.content == null ? null : copies.get(c.content);
      changes.add(new Change(c.from, c.to, content, new HashSet<>(c.unsynced)));
    }
    return new SimulatedNames(over(copies, seen), over(copies, durable), changes);
  }

  /** The entries that the device has, and some of those that were on their way. */
  SimulatedNames afterPowerLoss(
      double survival, SplittableRandom random, UnaryOperator<SimulatedContent> copy) {
    SortedMap<String, SimulatedContent> left = new TreeMap<>(durable);
    Set<String> lost = new HashSet<>();
    for (Change change : pending) {
      if (change.touches(lost) || random.nextDouble() >= survival) {
        change.addNamesTo(lost);
      } else {
        change.applyTo(left);
      }
    }
    Map<SimulatedContent, SimulatedContent> copies = new HashMap<>();
    left.values().forEach(content -> copies.put(content, copy.apply(content)));
    return new SimulatedNames(over(copies, left), over(copies, left), new ArrayList<>());
  }

  private static SortedMap<String, SimulatedContent> over(
      Map<SimulatedContent, SimulatedContent> copies, SortedMap<String, SimulatedContent> entries) {
    SortedMap<String, SimulatedContent> result = new TreeMap<>(entries);
    result.replaceAll((name, content) -> copies.getOrDefault(content, content));
    return result;
  }

  static String folderOf(String name) {
    int slash = name.indexOf('/');
    return slash < 0 ? "" : name.substring(0, slash);
  }
}
