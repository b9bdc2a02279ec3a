package dev.kvist.tck;

import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that loses power, fills up and fails where a test wants it to: the {@link
 * LogDirectory} under which engines prove that what they acknowledged survives.
 *
 * <p>It has two layers. What the process stores is in the page cache, and survives the end of the
 * process ({@link #afterKill}). What was forced is on the device, and survives a power loss ({@link
 * #afterPowerLoss}); of all else some 512-byte sectors do and some do not, in their newest state or
 * in one they had at an earlier {@link LogFile#written}. A file whose size was not forced may come
 * back cut, or empty. Creations, renames and deletions survive in the order of their names once
 * their folder was synced, before that by chance; folders themselves always survive.
 *
 * <p>Every change has crash points, counted from 1: one in {@code written}; before, amid and after
 * each {@code force} and {@code create}; before and after each rename, deletion, cut and sync. A
 * test runs once to count them ({@link #crashPoints}), and then again with a crash at each ({@link
 * #crashAt}). At its crash the disk stops as it is; that call and every later one throw {@link
 * SimulatedCrash}.
 *
 * <p>The same seed and the same calls in the same order give the same disk. Safe for many threads,
 * whose order then decides. Files are limited to 2^31 - 1 bytes.
 */
public final class SimulatedDisk implements LogDirectory {
  private static final long NEVER = -1;
  private static final int WRITES_PER_EVICTION = 4;
  private static final Pattern PART = Pattern.compile("(?!\\.\\.?$)[A-Za-z0-9_.-]{1,128}");

  private final long seed;
  private final boolean syncNewFiles;
  private final int boot;
  private final SplittableRandom random;
  private final SimulatedNames names;
  private final Set<SimulatedContent> open = new HashSet<>();

  private long lastNumber;
  private long limit = Long.MAX_VALUE;
  private long crashPoints;
  private long crashAt = NEVER;
  private long forcesToFailure = NEVER;
  private long createsToFailure = NEVER;
  private long syncsToFailure = NEVER;
  private @Nullable String lost;
  private boolean closed;
  private volatile boolean crashed;

  /** An empty disk that leaves the zeros of new files in the page cache. */
  public SimulatedDisk(long seed) {
    this(seed, false);
  }

  /**
   * An empty disk.
   *
   * @param syncNewFiles puts the zeros of a new file on the device before {@link #create} returns
   */
  public SimulatedDisk(long seed, boolean syncNewFiles) {
    this(seed, syncNewFiles, 1, new SplittableRandom(seed), new SimulatedNames());
  }

  private SimulatedDisk(
      long seed, boolean syncNewFiles, int boot, SplittableRandom random, SimulatedNames names) {
    this.seed = seed;
    this.syncNewFiles = syncNewFiles;
    this.boot = boot;
    this.random = random;
    this.names = names;
  }

  /** The seed, for the message of a failed test. */
  public long seed() {
    return seed;
  }

  /** How many crash points were passed since this disk was made, or derived from another. */
  public synchronized long crashPoints() {
    return crashPoints;
  }

  /** Crashes at the crash point of this number; one that was passed already never comes. */
  public synchronized void crashAt(long crashPoint) {
    crashAt = crashPoint;
  }

  /** Whether it has crashed. */
  public boolean crashed() {
    return crashed;
  }

  /**
   * The disk as a new process on the same boot finds it: all of the page cache is there. Ends the
   * process that uses this disk, if no crash has; may be called more than once.
   */
  public synchronized SimulatedDisk afterKill() {
    stop();
    return derived(boot, names.afterKill(SimulatedContent::afterKill));
  }

  /**
   * The disk after a power loss that hit what was not forced at random: all, nothing or anything
   * between. May be called more than once, with another outcome each time.
   */
  public synchronized SimulatedDisk afterPowerLoss() {
    int kind = random.nextInt(4);
    return afterPowerLoss(kind == 0 ? 0 : kind == 1 ? 1 : random.nextDouble());
  }

  /**
   * The disk after a power loss that each sector and each directory change that was not forced
   * survived with probability {@code survival}: 0 leaves what was forced alone, 1 everything.
   */
  public synchronized SimulatedDisk afterPowerLoss(double survival) {
    stop();
    SplittableRandom chance = random.split();
    return derived(
        boot + 1,
        names.afterPowerLoss(survival, chance, file -> file.afterPowerLoss(survival, chance)));
  }

  private SimulatedDisk derived(int newBoot, SimulatedNames left) {
    var disk = new SimulatedDisk(seed, syncNewFiles, newBoot, random.split(), left);
    disk.lastNumber = lastNumber;
    disk.limit = limit;
    return disk;
  }

  /** Bounds the bytes of all files; a creation beyond fails as on a full disk. */
  public synchronized void limit(long bytes) {
    limit = bytes;
  }

  /**
   * Lets the n-th {@link LogFile#force} from now fail, once. Some of its sectors arrive; a later
   * force takes the others for clean and succeeds without them, as kernels do.
   */
  public synchronized void failForce(long nth) {
    forcesToFailure = nth;
  }

  /** Lets the n-th {@link #create} from now fail, once. */
  public synchronized void failCreate(long nth) {
    createsToFailure = nth;
  }

  /** Lets the n-th {@link #sync} from now fail, once, with nothing made durable. */
  public synchronized void failSync(long nth) {
    syncsToFailure = nth;
  }

  /**
   * Lets every store to a file that is open under this name raise {@link InternalError} from now
   * on, as one to a mapped page that the device cannot give: at {@link LogFile#written}, and amid
   * {@link LogFile#store}. Another name ends it for this one.
   */
  public synchronized void failStores(String name) {
    lost = name;
  }

  /** Flips one bit (0 to 7) of a file, in the page cache and on the device. */
  public synchronized void flipBit(String name, long offset, int bit) throws IOException {
    existing(name).flipBit(offset, Objects.checkIndex(bit, Byte.SIZE));
  }

  @Override
  public synchronized List<String> list(String folder) throws IOException {
    checkUsable();
    if (!folder.isEmpty()) {
      checkPart(folder, folder);
    }
    return names.in(folder);
  }

  @Override
  public synchronized LogFile create(String name, long size) throws IOException {
    checkUsable();
    checkName(name);
    int bytes = Math.toIntExact(size);
    if (names.get(name) != null) {
      throw new FileAlreadyExistsException(name);
    }
    crashPoint();
    if (--createsToFailure == 0) {
      throw new IOException(name + ": Input/output error (simulated)");
    }
    if (size > freeBytes()) {
      throw new IOException(name + ": No space left on device (simulated)");
    }
    var content = new SimulatedContent(++lastNumber, new byte[0], new byte[0], 0);
    names.create(name, content);
    content.resize(random.nextInt(bytes / SimulatedContent.SECTOR_BYTES + 1));
    crashPoint();
    content.resize(bytes);
    if (syncNewFiles) {
      content.force(0, bytes);
    }
    crashPoint();
    return opened(name, content, true);
  }

  @Override
  public synchronized LogFile open(String name, boolean writable) throws IOException {
    return opened(name, existing(name), writable);
  }

  private LogFile opened(String name, SimulatedContent content, boolean writable) {
    MemorySegment memory = content.open();
    open.add(content);
    return new SimulatedFile(this, name, content, writable ? memory : memory.asReadOnly());
  }

  @Override
  public synchronized void rename(String from, String to) throws IOException {
    existing(from);
    checkName(to);
    crashPoint();
    if (!from.equals(to)) {
      names.rename(from, to);
    }
    crashPoint();
  }

  @Override
  public synchronized void delete(String name) throws IOException {
    checkUsable();
    checkName(name);
    crashPoint();
    if (names.get(name) != null) {
      names.delete(name);
    }
    crashPoint();
  }

  @Override
  public synchronized void truncate(String name, long size) throws IOException {
    SimulatedContent content = existing(name);
    if (content.isOpen()) {
      throw new IllegalStateException(name + " is open");
    }
    crashPoint();
    if (size < content.size()) {
      content.resize(Math.toIntExact(size));
    }
    content.force(0, content.size());
    crashPoint();
  }

  @Override
  public synchronized void sync(String folder) throws IOException {
    checkUsable();
    crashPoint();
    if (--syncsToFailure == 0) {
      throw new IOException(folder + ": Input/output error (simulated)");
    }
    names.sync(folder);
    crashPoint();
  }

  /** What {@link #limit} leaves; files that were deleted while open still count until closed. */
  @Override
  public synchronized long freeBytes() throws IOException {
    checkUsable();
    if (limit == Long.MAX_VALUE) {
      return limit;
    }
    Set<SimulatedContent> held = new HashSet<>();
    held.addAll(names.named());
    held.addAll(open);
    return Math.max(0, limit - held.stream().mapToLong(SimulatedContent::size).sum());
  }

  @Override
  public synchronized String identity(String name) throws IOException {
    return "inode " + existing(name).number;
  }

  @Override
  public synchronized @Nullable String bootId() throws IOException {
    checkUsable();
    return "boot " + boot;
  }

  @Override
  public String location() {
    return "simulated disk " + seed;
  }

  /**
   * Ends its use by this process; {@link #afterKill} opens it again.
   *
   * @throws IllegalStateException when a file was left open
   */
  @Override
  public synchronized void close() {
    checkAlive();
    if (!open.isEmpty()) {
      throw new IllegalStateException(open.size() + " files were left open");
    }
    closed = true;
  }

  synchronized boolean failsStores(String name) {
    return Objects.equals(lost, name);
  }

  synchronized void written(SimulatedContent content, long offset, long length) {
    checkAlive();
    Objects.checkFromIndexSize(offset, length, content.size());
    content.stored(offset, length);
    if (random.nextInt(WRITES_PER_EVICTION) == 0) {
      content.evict(offset, length, random);
    }
    crashPoint();
  }

  synchronized void force(SimulatedContent content, long offset, long length) throws IOException {
    checkAlive();
    Objects.checkFromIndexSize(offset, length, content.size());
    crashPoint();
    if (--forcesToFailure == 0) {
      content.failToForce(offset, length, random);
      throw new IOException("force: Input/output error (simulated)");
    }
    content.evict(offset, length, random);
    crashPoint();
    content.force(offset, length);
    crashPoint();
  }

  synchronized void closed(SimulatedContent content) {
    checkAlive();
    content.close();
    if (!content.isOpen()) {
      open.remove(content);
    }
  }

  /** Throws once this disk has crashed. */
  void checkAlive() {
    if (crashed) {
      throw new SimulatedCrash("the process that used " + location() + " has crashed");
    }
  }

  private void crashPoint() {
    crashPoints++;
    if (crashPoints == crashAt) {
      stop();
      throw new SimulatedCrash("crash point " + crashPoints + " of " + location());
    }
  }

  /** Nothing that threads of the dead process still store may reach what comes after. */
  private void stop() {
    if (!crashed) {
      crashed = true;
      names.contents().forEach(SimulatedContent::freeze);
    }
  }

  private void checkUsable() throws IOException {
    checkAlive();
    if (closed) {
      throw new IOException(location() + " was closed");
    }
  }

  private SimulatedContent existing(String name) throws IOException {
    checkUsable();
    checkName(name);
    SimulatedContent content = names.get(name);
    if (content == null) {
      throw new NoSuchFileException(name);
    }
    return content;
  }

  private static void checkName(String name) {
    String folder = SimulatedNames.folderOf(name);
    if (!folder.isEmpty()) {
      checkPart(name, folder);
    }
    checkPart(name, folder.isEmpty() ? name : name.substring(folder.length() + 1));
  }

  private static void checkPart(String name, String part) {
    if (!PART.matcher(part).matches()) {
      throw new IllegalArgumentException("not the name of a log file: " + name);
    }
  }
}
