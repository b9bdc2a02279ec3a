package dev.kvist.spi;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files of one log-structured store: a directory on disk, memory, or the simulated disk of the
 * tests.
 *
 * <p>Names are relative, at most one folder deep, and use {@code /}: {@code wal/00000001.log}.
 * Everything an engine reads or writes goes through this interface and {@link LogFile}, so that a
 * test can put a crash, a full disk or a flipped bit at any point.
 *
 * <p>Safe for many threads. The methods may block in the operating system and may use interruptible
 * channels: engines call them on threads of their own, never on a caller's.
 */
public interface LogDirectory extends Closeable {
  /**
   * The names in {@code folder} ({@code ""} is the top), sorted; empty when there is no such
   * folder.
   */
  List<String> list(String folder) throws IOException;

  /**
   * Makes a file of {@code size} zero bytes whose space is reserved, with its folder, and maps it
   * for writing.
   *
   * <p>The zeros are written, not left as a hole: a full disk shows here, as an {@link IOException}
   * that leaves no file behind, and not later as a fault in a mapped store.
   *
   * @throws java.nio.file.FileAlreadyExistsException when the name is taken
   */
  LogFile create(String name, long size) throws IOException;

  /**
   * Opens a file and maps all of it.
   *
   * @param writable false maps it read-only: a store then fails
   * @throws java.nio.file.NoSuchFileException when there is no such file
   */
  LogFile open(String name, boolean writable) throws IOException;

  /**
   * Renames a file over whatever has the new name, atomically; durable after {@link #sync} of the
   * folder.
   */
  void rename(String from, String to) throws IOException;

  /** Deletes a file; nothing happens when it is not there. Open mappings of it stay readable. */
  void delete(String name) throws IOException;

  /** Cuts a file to {@code size} bytes. The file must not be open. */
  void truncate(String name, long size) throws IOException;

  /**
   * Cuts a file that is open, to give the volume its end back. Mappings from before must not be
   * read behind {@code size} any more.
   *
   * @return whether it was; false where only closed files can be cut
   */
  default boolean truncateOpen(String name, long size) throws IOException {
    return false;
  }

  /** Makes creations, renames and deletions in {@code folder} durable. */
  void sync(String folder) throws IOException;

  /** Free bytes of the volume for this process; {@link Long#MAX_VALUE} where nothing limits it. */
  long freeBytes() throws IOException;

  /**
   * What tells one incarnation of a file from a copy of it (device and inode on Unix), or null
   * where nothing does.
   *
   * <p>State that is kept in step with the log in memory only (the mapped index) is believed after
   * a crash just when both this and {@link #bootId} are what they were.
   */
  @Nullable String identity(String name) throws IOException;

  /**
   * What changes whenever the page cache may have been lost: the boot id of the kernel; null where
   * none is known.
   */
  @Nullable String bootId() throws IOException;

  /**
   * Makes sure that nobody else can have become the owner of this directory since it was opened. A
   * directory without a lock has nothing to check.
   *
   * @throws dev.kvist.KvException.IoFailed when somebody can
   */
  default void checkOwned() {}

  /** Where it is, for messages: a path, or {@code memory}. */
  String location();

  /** Releases the owner lock. Files must be closed before. */
  @Override
  void close() throws IOException;
}
