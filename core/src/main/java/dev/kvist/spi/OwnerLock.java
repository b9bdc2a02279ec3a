package dev.kvist.spi;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The right to write in a directory: a lock on its file {@code owner}, which names the process that
 * holds it.
 *
 * <p>The operating system gives the lock back when the process ends, however it ends; the file
 * stays, since deleting it could let two processes lock two different files of that name.
 *
 * <p>POSIX drops all locks of a process on a file as soon as it closes any descriptor of that file.
 * So the registry of this process is asked first, and a file that this process has locked is never
 * opened again.
 */
public final class OwnerLock implements Closeable {
  /** The file's name. */
  public static final String FILE_NAME = "owner";

  /** Directories this process owns, by real path, with the key of the owner file. Guards itself. */
  private static final Map<Path, Object> HELD = new HashMap<>();

  /** Channels that must never be closed, see {@link #refuseAlias}. Guarded by {@link #HELD}. */
  private static final List<FileChannel> KEPT_OPEN = new ArrayList<>();

  private static final int MAX_PID_BYTES = 32;
  private static final long UNKNOWN_PID = -1;

  private final Path directory;
  private final FileChannel channel;

  /** What the locked file is; null where a file system does not say. */
  private final @Nullable Object key;

  private OwnerLock(Path directory, FileChannel channel, @Nullable Object key) {
    this.directory = directory;
    this.channel = channel;
    this.key = key;
  }

  /**
   * Takes the lock of an existing directory.
   *
   * @throws KvException.AlreadyOwned when it is taken, naming the process where the file does
   * @throws KvException.Unsupported when a file of that name is there that no owner wrote: a link,
   *     or one with anything but a process id in it; it is not touched
   * @throws IOException when the file cannot be made or written
   */
  public static OwnerLock acquire(Path existingDirectory) throws IOException {
    Path directory = existingDirectory.toRealPath();
    Path file = directory.resolve(FILE_NAME);
    synchronized (HELD) {
      // The key finds the same directory under a second path, a bind mount for one.
      Object key = keyOf(file);
      if (HELD.containsKey(directory) || (key != null && HELD.containsValue(key))) {
        throw ownedHere(directory);
      }
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
          && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw foreign(directory);
      }
      FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              LinkOption.NOFOLLOW_LINKS);
      boolean locked = false;
      try {
        lock(channel, directory);
        locked = true;
      } catch (OverlappingFileLockException e) {
        throw refuseAlias(channel, directory, e);
      } finally {
        if (!locked && !KEPT_OPEN.contains(channel)) {
          channel.close();
        }
      }
      Object lockedKey = keyOf(file);
      HELD.put(directory, lockedKey == null ? directory : lockedKey);
      return new OwnerLock(directory, channel, lockedKey);
    }
  }

  /**
   * Makes sure that the locked file is still the one that others would lock: who removes it lets a
   * second owner in, and neither would know of the other. Costs one system call.
   *
   * @throws KvException.IoFailed when it was removed or replaced, or cannot be looked at
   */
  public void check() {
    Path file = directory.resolve(FILE_NAME);
    try {
      if (key == null || key.equals(keyOf(file))) {
        return;
      }
    } catch (IOException e) {
      throw lost(file, "cannot be looked at any more", e);
    }
    throw lost(file, "was removed or replaced while the store was open", null);
  }

  private static KvException.IoFailed lost(Path file, String how, @Nullable IOException cause) {
    return new KvException.IoFailed(
        Effect.NONE,
        file
            + " "
            + how
            + ", so that another process may write there too; this one writes no more. Open the store again",
        cause);
  }

  /** Whether a directory has an owner, as far as this user can tell. Changes nothing. */
  static boolean isHeld(Path directory) {
    synchronized (HELD) {
      try {
        Path real = directory.toRealPath();
        Path file = real.resolve(FILE_NAME);
        Object key = keyOf(file);
        return HELD.containsKey(real)
            || (key != null && (HELD.containsValue(key) || isLocked(file)));
      } catch (IOException e) {
        return false;
      }
    }
  }

  private static boolean isLocked(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    boolean isAlias = false;
    try {
      return channel.tryLock(0, Long.MAX_VALUE, true) == null;
    } catch (OverlappingFileLockException e) {
      isAlias = KEPT_OPEN.add(channel);
      return true;
    } finally {
      if (!isAlias) {
        channel.close();
      }
    }
  }

  /** Releases the lock. Idempotent. */
  @Override
  public void close() throws IOException {
    synchronized (HELD) {
      if (channel.isOpen()) {
        HELD.remove(directory);
        channel.close();
      }
    }
  }

  private static void lock(FileChannel channel, Path directory) throws IOException {
    if (channel.tryLock() == null) {
      throw new KvException.AlreadyOwned(directory.toString(), readPid(channel));
    }
    if (!isOwners(channel)) {
      throw foreign(directory);
    }
    try {
      byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
      // Written over the old one before it is cut, so that a full disk has room for it.
      channel.write(ByteBuffer.wrap(pid), 0);
      channel.truncate(pid.length);
    } catch (IOException e) {
      if (!channel.isOpen()) {
        throw e; // an interrupt closed it, and the lock went with it
      }
      // The lock is what counts; the pid only serves a message.
    }
  }

  /**
   * Refuses a file that other classes of this process have locked: a second copy of this library,
   * loaded apart. Closing our channel would take the lock from them, so it stays open for good.
   */
  private static KvException refuseAlias(
      FileChannel channel, Path directory, OverlappingFileLockException cause) {
    KEPT_OPEN.add(channel);
    var refusal = ownedHere(directory);
    refusal.addSuppressed(cause);
    return refusal;
  }

  /** Whether an owner may have written it: nothing, a number, or what a power loss left of one. */
  private static boolean isOwners(FileChannel locked) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_PID_BYTES);
    locked.read(bytes, 0);
    String text = StandardCharsets.ISO_8859_1.decode(bytes.flip()).toString();
    return locked.size() <= MAX_PID_BYTES && text.matches("[0-9\\s\\x00]*");
  }

  private static KvException.Unsupported foreign(Path directory) {
    return new KvException.Unsupported(
        directory
            + " holds a file "
            + FILE_NAME
            + ", which Kvist did not write, or which is damaged; nothing was touched. Delete it if no"
            + " process has a store there open, or give a directory of its own");
  }

  private static KvException.AlreadyOwned ownedHere(Path directory) {
    return new KvException.AlreadyOwned(directory.toString(), ProcessHandle.current().pid());
  }

  private static long readPid(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_PID_BYTES);
    channel.read(bytes, 0);
    try {
      return Long.parseLong(StandardCharsets.US_ASCII.decode(bytes.flip()).toString().strip());
    } catch (NumberFormatException e) {
      return UNKNOWN_PID;
    }
  }

  private static @Nullable Object keyOf(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
