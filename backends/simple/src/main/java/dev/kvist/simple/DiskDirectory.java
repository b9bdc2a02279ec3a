package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import dev.kvist.spi.OwnerLock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@link LogDirectory} on a file system.
 *
 * <p>Every failure is an {@link IOException} whose message names the path. A folder that {@link
 * #create} or {@link #rename} had to make is durable when they return; what is in it, after {@link
 * #sync}.
 */
final class DiskDirectory implements LogDirectory {
  /**
   * Small enough for every page size in use: a touch too many costs nothing, one too few a page
   * fault.
   */
  static final int PAGE_BYTES = 4096;

  private static final int ZEROS_BYTES = 1 << 17;
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(ZEROS_BYTES).asReadOnlyBuffer();
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final boolean FOLDERS_CAN_BE_SYNCED =
      !System.getProperty("os.name", "").startsWith("Windows");

  private final Path root;
  private final boolean syncNewFiles;
  private final @Nullable OwnerLock lock;
  private volatile boolean closed;

  private DiskDirectory(Path root, boolean syncNewFiles, @Nullable OwnerLock lock) {
    this.root = root;
    this.syncNewFiles = syncNewFiles;
    this.lock = lock;
  }

  /**
   * Opens {@code path}, making it and its parents where they are missing, and becomes its owner.
   *
   * @param syncNewFiles has {@link #create} return only when the zeros of a new file are on the
   *     device, and prepares files for a force after almost every {@link LogFile#store}
   * @throws dev.kvist.KvException.AlreadyOwned when it has another owner
   */
  static DiskDirectory open(Path path, boolean syncNewFiles) throws IOException {
    Path root = path.toAbsolutePath();
    return uninterrupted(() -> {
      makeFolder(root);
      return new DiskDirectory(root, syncNewFiles, OwnerLock.acquire(root));
    });
  }

  /**
   * Opens {@code path} without writing anything, the owner file included, so that it works on a
   * read-only file system and beside an owner. A directory that does not exist is an empty one.
   * Every method that would write fails.
   */
  static DiskDirectory openReadOnly(Path path) {
    return new DiskDirectory(path.toAbsolutePath(), false, null);
  }

  @Override
  public List<String> list(String folder) throws IOException {
    LogNames.checkFolder(folder);
    Path directory = resolve(folder);
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory)) {
      for (Path path : paths) {
        String name = LogNames.in(folder, path.getFileName().toString());
        if (!name.equals(OwnerLock.FILE_NAME) && !Files.isDirectory(path)) {
          names.add(name);
        }
      }
    } catch (NoSuchFileException e) {
      if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
        throw e; // a link that leads nowhere, which is not an empty folder
      }
    } catch (DirectoryIteratorException e) {
      throw named(directory, new IOException("it cannot be listed", e));
    }
    names.sort(null);
    return names;
  }

  @Override
  public LogFile create(String name, long size) throws IOException {
    if (size < 0) {
      throw new IllegalArgumentException("size " + size);
    }
    Path path = writable(name);
    return uninterrupted(() -> {
      makeFolder(parentOf(path));
      try (FileChannel channel =
          openChannel(
              path,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE)) {
        return fill(name, path, channel, size);
      }
    });
  }

  private LogFile fill(String name, Path path, FileChannel channel, long size) throws IOException {
    DiskFile file = null;
    boolean done = false;
    try {
      writeZeros(channel, size);
      if (syncNewFiles) {
        channel.force(true);
      }
      file = DiskFile.map(name, path, channel, true, syncNewFiles);
      // A sync makes the kernel watch for the next write to each page: to write here would undo the
      // sync, for nothing.
      file.touch(!syncNewFiles);
      done = true;
      return file;
    } catch (IOException e) {
      throw named(path, e);
    } finally {
      if (!done) {
        if (file != null) {
          file.close();
        }
        Files.deleteIfExists(path);
      }
    }
  }

  private static void writeZeros(FileChannel channel, long size) throws IOException {
    for (long written = 0; written < size; ) {
      int piece = (int) Math.min(ZEROS_BYTES, size - written);
      written += channel.write(ZEROS.duplicate().limit(piece));
      BackgroundThread.giveWay();
    }
  }

  @Override
  public LogFile open(String name, boolean writable) throws IOException {
    Path path = writable ? writable(name) : resolve(LogNames.check(name));
    OpenOption[] options =
        writable
            ? new OpenOption[] {StandardOpenOption.READ, StandardOpenOption.WRITE}
            : new OpenOption[] {StandardOpenOption.READ};
    return uninterrupted(() -> {
      try (FileChannel channel = openChannel(path, options)) {
        return DiskFile.map(name, path, channel, writable, syncNewFiles);
      } catch (IOException e) {
        throw named(path, e);
      }
    });
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Path source = writable(from);
    Path target = writable(to);
    if (!Files.exists(source, LinkOption.NOFOLLOW_LINKS)) {
      throw new NoSuchFileException(source.toString());
    }
    uninterrupted(() -> {
      makeFolder(parentOf(target));
      return Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    });
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(writable(name));
  }

  @Override
  public void truncate(String name, long size) throws IOException {
    if (size < 0) {
      throw new IllegalArgumentException("size " + size);
    }
    Path path = writable(name);
    uninterrupted(() -> {
      try (FileChannel channel = openChannel(path, StandardOpenOption.WRITE)) {
        channel.truncate(size);
        channel.force(true);
        return path;
      } catch (IOException e) {
        throw named(path, e);
      }
    });
  }

  @Override
  public boolean truncateOpen(String name, long size) throws IOException {
    truncate(name, size);
    return true;
  }

  @Override
  public void sync(String folder) throws IOException {
    LogNames.checkFolder(folder);
    Path directory = resolve(folder);
    if (lock == null) {
      throw readOnly(directory);
    }
    uninterrupted(() -> {
      syncFolder(directory);
      return directory;
    });
  }

  @Override
  public long freeBytes() throws IOException {
    Path directory = resolve("");
    try {
      return Files.getFileStore(directory).getUsableSpace();
    } catch (IOException e) {
      throw named(directory, e);
    }
  }

  /**
   * Device and inode, and the time of birth, because an inode is given again soon after its file
   * was deleted.
   */
  @Override
  public @Nullable String identity(String name) throws IOException {
    BasicFileAttributes attributes =
        Files.readAttributes(resolve(LogNames.check(name)), BasicFileAttributes.class);
    Object key = attributes.fileKey();
    // Where a file system keeps no time of birth this is the last change: a new identity each time,
    // which is safe.
    return key == null ? null : key + " " + attributes.creationTime().toInstant();
  }

  @Override
  public @Nullable String bootId() throws IOException {
    return Files.exists(BOOT_ID) ? Files.readString(BOOT_ID).strip() : null;
  }

  @Override
  public void checkOwned() {
    if (lock != null) {
      lock.check();
    }
  }

  @Override
  public String location() {
    return root.toString();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    if (lock != null) {
      lock.close();
    }
  }

  private Path writable(String name) throws IOException {
    Path path = resolve(LogNames.check(name));
    if (lock == null) {
      throw readOnly(path);
    }
    try {
      // What is here may be in use by another owner by now.
      lock.check();
    } catch (KvException.IoFailed e) {
      throw new IOException(e.getMessage(), e);
    }
    return path;
  }

  private Path resolve(String name) throws IOException {
    if (closed) {
      throw new FileSystemException(root.toString(), null, "the directory was closed");
    }
    return root.resolve(name);
  }

  private static Path parentOf(Path path) {
    Path parent = path.getParent();
    return parent == null ? path : parent;
  }

  private static AccessDeniedException readOnly(Path path) {
    return new AccessDeniedException(path.toString(), null, "opened read-only");
  }

  private interface Step<T> {
    T run() throws IOException;
  }

  /**
   * Runs a step again that an interrupt cut short, since callers run some of them on their own
   * threads and must not harm the store by it; the flag is kept.
   */
  private static <T> T uninterrupted(Step<T> step) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return step.run();
        } catch (ClosedByInterruptException e) {
          interrupted = Thread.interrupted() || interrupted;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static FileChannel openChannel(Path path, OpenOption... options) throws IOException {
    try {
      return FileChannel.open(path, options);
    } catch (IOException e) {
      throw named(path, e);
    }
  }

  private static void makeFolder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path parent = folder.getParent();
    if (parent != null) {
      makeFolder(parent);
    }
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        var inTheWay = new NotDirectoryException(folder.toString());
        inTheWay.initCause(e);
        throw inTheWay;
      }
    }
    if (parent != null) {
      syncFolder(parent);
    }
  }

  private static void syncFolder(Path folder) throws IOException {
    if (!FOLDERS_CAN_BE_SYNCED) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw named(folder, e);
    }
  }

  /** The same failure with the path in its message: what a channel throws has none. */
  private static IOException named(Path path, IOException e) {
    if (e instanceof FileSystemException || e instanceof ClosedByInterruptException) {
      return e;
    }
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    var named = new FileSystemException(path.toString(), null, reason);
    named.initCause(e);
    return named;
  }
}
