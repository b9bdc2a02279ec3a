package dev.kvist.simple;

import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs that are files, {@code last_state/keys-N}.
 *
 * <p>Each time that keys are moved to a file is a step. A file has the keys of some steps in a row,
 * but for those that were dead when it was made, and the files that are kept form a chain of steps
 * from 0 without a gap. A merge first makes its file durable, then deletes those it replaces; if a
 * crash comes between, their steps lie within those of the new one, and the next open deletes them.
 * A file without a header was never finished.
 *
 * <p>For one thread at a time, except for {@link #hasRetired} and the end of a run.
 */
final class RunFiles {
  private static final Logger LOG = LoggerFactory.getLogger(RunFiles.class);
  private static final String FOLDER = "last_state";
  private static final String PREFIX = FOLDER + "/keys-";

  private final LogDirectory directory;
  private final boolean writable;
  private final long storeId;
  private final Queue<LogFile> retired = new ConcurrentLinkedQueue<>();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong count = new AtomicLong();
  private final List<String> discarded = new ArrayList<>();
  private long lastNumber;

  /**
   * Without {@code writable} no file is ever made or deleted.
   *
   * @param storeId what the files that are used say, and those that are made
   */
  RunFiles(LogDirectory directory, boolean writable, long storeId) {
    this.directory = directory;
    this.writable = writable;
    this.storeId = storeId;
  }

  boolean isWritable() {
    return writable;
  }

  /** How many files are mapped. */
  long count() {
    return count.get();
  }

  /** The bytes of all files that are mapped. */
  long bytes() {
    return bytes.get();
  }

  /**
   * The names of the files that {@link #load} did not use because they were damaged, or were of no
   * use without one.
   */
  List<String> discarded() {
    return discarded;
  }

  /** Opens the files that can be used, in the order of what they cover, and deletes all others. */
  List<KeyRun> load() throws IOException {
    List<KeyRun> found = new ArrayList<>();
    List<KeyRun> chain = new ArrayList<>();
    try {
      openAll(found);
      // The widest of those that start at the same step comes first: those within it follow it.
      found.sort(
          Comparator.comparingInt((KeyRun run) -> run.header().claim().fromStep())
              .thenComparing(run -> run.header().claim().toStep(), Comparator.reverseOrder()));
      int reach = 0;
      while (!found.isEmpty()) {
        KeyRun run = found.removeFirst();
        KeyRunLayout.Claim claim = run.header().claim();
        if (claim.fromStep() <= reach && claim.toStep() > reach) {
          chain.add(run);
          reach = claim.toStep();
        } else {
          drop(run, claim.fromStep() > reach);
        }
      }
      if (writable && !discarded.isEmpty()) {
        // Steps are numbered anew from here on: what is gone must not come back among them.
        directory.sync(FOLDER);
      }
      return chain;
    } catch (Throwable e) {
      found.addAll(chain);
      for (KeyRun run : found) {
        close(run);
      }
      throw e;
    }
  }

  /** Opens every file that can be read, whatever the others are; for a directory left as it is. */
  List<KeyRun> loadAll() throws IOException {
    List<KeyRun> found = new ArrayList<>();
    try {
      openAll(found);
      return found;
    } catch (Throwable e) {
      for (KeyRun run : found) {
        close(run);
      }
      throw e;
    }
  }

  private void openAll(List<KeyRun> into) throws IOException {
    for (String name : directory.list(FOLDER)) {
      if (name.matches(PREFIX + "[0-9]{1,18}")) {
        lastNumber = Math.max(lastNumber, Long.parseLong(name.substring(PREFIX.length())));
        open(name, into);
      }
    }
  }

  /** Makes a run of at most {@code bound} bytes in a new file, and returns when it is durable. */
  KeyRun make(long bound, RunFiller filler, KeySource source, KeyRunLayout.Claim claim)
      throws IOException {
    String name = PREFIX + ++lastNumber;
    try {
      KeyRunLayout.Header header = writeBody(name, bound, filler, claim);
      if (header.size() < bound) {
        directory.truncate(name, header.size());
      }
      LogFile file = directory.open(name, true);
      try {
        source.force();
        MemorySegment.copy(
            header.encode(storeId),
            0,
            file.memory(),
            ValueLayout.JAVA_BYTE,
            0,
            KeyRunLayout.HEADER_BYTES);
        file.written(0, KeyRunLayout.HEADER_BYTES);
        file.force(0, KeyRunLayout.HEADER_BYTES);
        directory.sync(FOLDER);
        return run(file, header);
      } catch (Throwable e) {
        file.close();
        throw e;
      }
    } catch (Throwable e) {
      deleteAfter(name, e);
      throw e;
    }
  }

  /** Deletes the file of a run, which may still be read. */
  void delete(KeyRun run) throws IOException {
    LogFile file = run.file();
    if (file != null && writable) {
      directory.delete(file.name());
    }
  }

  /** Returns when what was deleted stays deleted. */
  void sync() throws IOException {
    if (writable) {
      directory.sync(FOLDER);
    }
  }

  /** Unmaps the files that nobody reads any more. */
  void closeRetired() throws IOException {
    for (LogFile file = retired.poll(); file != null; file = retired.poll()) {
      bytes.addAndGet(-file.memory().byteSize());
      count.decrementAndGet();
      file.close();
    }
  }

  boolean hasRetired() {
    return !retired.isEmpty();
  }

  private KeyRunLayout.Header writeBody(
      String name, long bound, RunFiller filler, KeyRunLayout.Claim claim) throws IOException {
    try (LogFile file = directory.create(name, bound)) {
      RunBuilder builder = new RunBuilder(file.memory(), file);
      filler.fill(builder);
      KeyRunLayout.Header header = builder.finish(claim);
      file.force(0, header.size());
      return header;
    }
  }

  private void open(String name, List<KeyRun> into) throws IOException {
    LogFile file = directory.open(name, false);
    byte[] head = new byte[KeyRunLayout.HEADER_BYTES];
    long size = file.memory().byteSize();
    MemorySegment.copy(
        file.memory(), ValueLayout.JAVA_BYTE, 0, head, 0, (int) Math.min(size, head.length));
    KeyRunLayout.@Nullable Header header = KeyRunLayout.Header.decode(head, size);
    if (header != null && KeyRunLayout.storeId(head) == storeId) {
      into.add(run(file, header));
      return;
    }
    LOG.info(
        "{}: {} is not used, its keys are taken from the log: {}",
        directory.location(),
        name,
        header != null ? "it belongs to another store" : KeyRunLayout.refusal(head));
    discarded.add(name);
    file.close();
    if (writable) {
      directory.delete(name);
    }
  }

  private KeyRun run(LogFile file, KeyRunLayout.Header header) {
    bytes.addAndGet(file.memory().byteSize());
    count.incrementAndGet();
    String path = directory.location() + "/" + file.name();
    return new KeyRun(file.memory(), header, path, file, () -> retired.add(file));
  }

  private void drop(KeyRun run, boolean cutOff) throws IOException {
    LogFile file = run.file();
    if (cutOff && file != null) {
      discarded.add(file.name());
    }
    close(run);
    delete(run);
  }

  private void close(KeyRun run) throws IOException {
    run.hold();
    run.letGo();
    closeRetired();
  }

  private void deleteAfter(String name, Throwable failure) {
    try {
      directory.delete(name);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
