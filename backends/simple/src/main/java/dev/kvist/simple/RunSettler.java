package dev.kvist.simple;

import dev.kvist.KvException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The background side of {@link KeyRuns}: merges what scans and the writer left behind into large
 * runs, in files where there is a directory, and drops dead keys.
 *
 * <p>While it merges, the runs it merges are its own; scans go on reading them, and freeze new keys
 * into others. Used by one thread at a time.
 */
final class RunSettler {
  /** So many keys, or bytes of them, are worth a file. */
  private static final long WORTH_KEYS = 1 << 18;

  private static final long WORTH_BYTES = 1 << 22;
  private static final long WAITING_KEY_BYTES = 32;
  private static final long DEAD_KEYS = 4096;
  private static final int DEAD_PART = 4;

  /**
   * After so many keys a merge looks whether it should freeze some, so that a scan finds few to
   * freeze.
   */
  private static final int LOOK_EVERY = 1 << 12;

  private static final int KEYS_AT_ONCE = 1 << 9;

  private final KeySource source;
  private final KeyFreezer freezer;
  private final RunMemory memory;
  private final @Nullable RunFiles files;
  private final RunList list;

  /** How many runs, the first of the list, were settled before. */
  private volatile int settled;

  private volatile long coversTo;
  private int nextStep;

  /**
   * The first step that no run has: less than {@link #nextStep} after a damaged run was dropped.
   */
  private int unclaimedStep;

  /** Written by the writer of the keys alone. */
  private volatile long deaths;

  /** The part of {@link #deaths} that merges have seen to. */
  private volatile long settledDeaths;

  private volatile boolean closing;

  RunSettler(
      KeySource source,
      KeyFreezer freezer,
      RunMemory memory,
      @Nullable RunFiles files,
      RunList list) {
    this.source = source;
    this.freezer = freezer;
    this.memory = memory;
    this.files = files;
    this.list = list;
    List<KeyRun> loaded = list.now().runs();
    settled = loaded.size();
    for (KeyRun run : loaded) {
      coversTo = Math.max(coversTo, run.header().claim().coversTo());
      nextStep = run.header().claim().toStep();
    }
    unclaimedStep = nextStep;
  }

  long coversTo() {
    return coversTo;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // by one writer
  void died() {
    deaths++;
  }

  /** Makes a merge that is running end with {@link KvException.Closed}. */
  void stop() {
    closing = true;
  }

  /** The memory of keys in no settled run, those that wait to be frozen by an estimate. */
  long unsettledBytes() {
    List<KeyRun> runs = list.now().runs();
    long bytes = freezer.waiting() * WAITING_KEY_BYTES;
    for (int i = settled; i < runs.size(); i++) {
      bytes += runs.get(i).size();
    }
    return bytes;
  }

  boolean wantsToRun() {
    RunSet now = list.now();
    return RunTiers.keys(now.fresh()) + freezer.waiting() >= WORTH_KEYS
        || RunTiers.size(now.fresh()) >= WORTH_BYTES
        || hasManyDead(now.runs())
        || (files != null && files.hasRetired());
  }

  /** Settles what is worth it; {@code all} of it, and the watermark, when the store closes. */
  void settle(long watermark, boolean all) throws IOException {
    if (files != null) {
      files.closeRetired();
    }
    RunSet picked = pick();
    try {
      List<KeyRun> runs = picked.runs();
      List<KeyRun> fresh = runs.subList(settled, runs.size());
      if (hasManyDead(runs)) {
        merge(runs, 0, watermark, all);
      } else if (isWorthIt(fresh) || (all && (!fresh.isEmpty() || watermark > coversTo))) {
        List<KeyRun> older = runs.subList(0, settled);
        int from = RunTiers.maintenanceMergesFrom(older, RunTiers.size(fresh));
        merge(runs.subList(from, runs.size()), from, watermark, all);
      }
    } finally {
      list.own(settled);
      picked.release();
    }
    if (files != null) {
      files.closeRetired();
    }
  }

  /** Drops damaged runs with their files. What they covered is not covered any more. */
  void forgetDamaged() throws IOException {
    List<KeyRun> before;
    List<KeyRun> damaged;
    list.lock().lock();
    try {
      before = list.now().runs();
      damaged = before.stream().filter(KeyRun::isDamaged).toList();
      List<KeyRun> kept = new ArrayList<>(before);
      kept.removeAll(damaged);
      List<KeyRun> keptSettled = new ArrayList<>(before.subList(0, settled));
      keptSettled.removeAll(damaged);
      settled = keptSettled.size();
      list.publish(kept, settled);
    } finally {
      list.lock().unlock();
    }
    long covered = 0;
    for (KeyRun run : before) {
      if (damaged.contains(run) && run.file() != null) {
        unclaimedStep = Math.min(unclaimedStep, run.header().claim().fromStep());
        coversTo = Math.min(coversTo, covered);
      }
      covered = Math.max(covered, run.header().claim().coversTo());
    }
    if (files != null) {
      for (KeyRun run : damaged) {
        files.delete(run);
      }
      files.sync();
    }
  }

  /** All runs, with every key that was added, now owned by maintenance. */
  private RunSet pick() {
    list.lock().lock();
    try {
      freezer.freeze();
      list.own(list.now().runs().size());
      return list.use();
    } finally {
      list.lock().unlock();
    }
  }

  /** Merges {@code old}, the runs of the list from {@code index} on. */
  private void merge(List<KeyRun> old, int index, long watermark, boolean all) throws IOException {
    long deathsBefore = deaths;
    boolean full = index == 0;
    Survivors survivors = new Survivors(old, deathsBefore > settledDeaths);
    long bound = KeyRunLayout.mergeBound(old);
    boolean worthFile = all || isWorthIt(old) || old.stream().anyMatch(run -> run.file() != null);
    if (files != null && files.isWritable()) {
      if (worthFile) {
        KeyRunLayout.Claim claim = claim(old.subList(0, settled - index), watermark);
        list.replace(index, old.size(), files.make(bound, survivors, source, claim));
        coversTo = claim.coversTo();
        nextStep = claim.toStep();
        unclaimedStep = nextStep;
        settled = index + 1;
      } else if (!old.isEmpty()) {
        list.replace(index, old.size(), memory.make(bound, survivors));
      }
    } else if (!old.isEmpty()) {
      list.replace(index, old.size(), memory.make(bound, survivors));
      settled = index + 1;
    }
    settledDeaths = full ? deathsBefore : Math.min(deathsBefore, settledDeaths + survivors.dropped);
    if (files != null) {
      for (KeyRun run : old) {
        files.delete(run);
      }
    }
  }

  private KeyRunLayout.Claim claim(List<KeyRun> replaced, long watermark) {
    int from = unclaimedStep;
    for (KeyRun run : replaced) {
      from = Math.min(from, run.header().claim().fromStep());
    }
    return new KeyRunLayout.Claim(from, nextStep + 1, Math.max(coversTo, watermark));
  }

  private boolean isWorthIt(List<KeyRun> runs) {
    return RunTiers.keys(runs) >= WORTH_KEYS || RunTiers.size(runs) >= WORTH_BYTES;
  }

  private boolean hasManyDead(List<KeyRun> runs) {
    long dead = deaths - settledDeaths;
    long live = Math.max(0, RunTiers.keys(runs) + freezer.waiting() - dead);
    return dead > live / DEAD_PART + DEAD_KEYS;
  }

  /** The keys of a merge, without the dead ones when {@code filters}. */
  private final class Survivors implements RunFiller {
    private final List<KeyRun> runs;
    private final boolean filters;
    private long seen;
    private long dropped;

    private Survivors(List<KeyRun> runs, boolean filters) {
      this.runs = runs;
      this.filters = filters;
    }

    @Override
    public void fill(RunBuilder builder) {
      RunMerge merge = new RunMerge(runs, false);
      for (merge.seekAll(); merge.isAtKey(); merge.advance()) {
        if (closing) {
          throw new KvException.Closed("the store");
        }
        if (++seen % LOOK_EVERY == 0) {
          freezer.freezeMany();
        }
        if (seen % KEYS_AT_ONCE == 0) {
          BackgroundThread.giveWay();
        }
        RunCursor at = merge.current();
        byte[] buffer = at.buffer();
        int start = at.start();
        int length = at.end() - start;
        if (filters && !isLive(buffer, start, length)) {
          dropped++;
        } else {
          builder.add(buffer, start, length);
        }
      }
    }

    private boolean isLive(byte[] buffer, int start, int length) {
      return source.isLive(
          KeyBatch.bucket(buffer, start),
          buffer,
          start + KeyBatch.BUCKET_BYTES,
          length - KeyBatch.BUCKET_BYTES);
    }
  }
}
