package dev.kvist.rocksdb;

import dev.kvist.KeyText;
import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.spi.DataDirectories;
import dev.kvist.spi.OwnerLock;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a store, looked over before RocksDB is called: RocksDB deletes files of others
 * that are named like its own.
 *
 * <p>Its file {@code kvist-rocksdb} makes it ours: one line, {@code FORMAT MODE}, such as {@code 1
 * single}.
 */
final class DataDirectory implements AutoCloseable {
  static final String MARK = "kvist-rocksdb";

  private static final int FORMAT = 1;
  private static final String SINGLE = "single";
  private static final String PER_BUCKET = "per-bucket";

  /** What a directory may hold that is not ours yet. */
  private static final Set<String> HARMLESS =
      Set.of(OwnerLock.FILE_NAME, MARK + ".new", "lost+found", ".DS_Store");

  private static final Pattern FILES =
      Pattern.compile(
          "CURRENT|IDENTITY|(MANIFEST|OPTIONS)-\\d+|\\d+\\.(sst|blob|log)|"
              + MARK
              + "|"
              + SyncedPosition.FILE_NAME);

  private static final String READ_ONLY_VOLUME = "Read-only file system";

  private final @Nullable OwnerLock lock;

  private DataDirectory(@Nullable OwnerLock lock) {
    this.lock = lock;
  }

  /**
   * Takes a directory, which is made when it is missing.
   *
   * @throws KvException.Unsupported when it holds what is not ours
   * @throws KvException.AlreadyOwned when somebody else has it
   * @throws IllegalArgumentException when its buckets are kept in the other mode
   */
  static DataDirectory own(Path path, boolean single) {
    try {
      Files.createDirectories(path);
      @Nullable String mark = mark(path);
      if (mark == null) {
        refuseForeign(path);
      } else {
        finishRepair(path);
        checkMark(path, mark, single);
      }
      OwnerLock lock = OwnerLock.acquire(path);
      try {
        if (mark == null) {
          writeMark(path, single);
        } else {
          // Of a repair that was killed: it would hold the space of files that are deleted here.
          RepairedFiles.clear(path);
        }
        return new DataDirectory(lock);
      } catch (IOException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw failed(path, "cannot be opened", e);
    }
  }

  /** Goes on with a repair that was killed when the new store was whole. */
  private static void finishRepair(Path path) throws IOException {
    if (RepairedFiles.isUnfinished(path)) {
      try (var _ = OwnerLock.acquire(path)) {
        RepairedFiles.finish(path);
      }
    }
  }

  /**
   * Takes the directory of a store for its repair, whatever is damaged in it.
   *
   * @throws KvException.Unsupported when it is not ours
   * @throws KvException.AlreadyOwned when somebody else has it
   */
  static DataDirectory repairing(Path path) throws IOException {
    @Nullable String mark = mark(path);
    if (mark == null) {
      refuseForeign(path);
      throw new KvException.Unsupported(path + " holds no store of this engine");
    }
    return new DataDirectory(OwnerLock.acquire(path));
  }

  /** How many bytes may be written on the volume of a path; -1 when that cannot be told. */
  static long freeBytes(Path path) {
    try {
      return Files.getFileStore(path).getUsableSpace();
    } catch (IOException e) {
      return -1;
    }
  }

  /** Whether a name is that of a file that a store cannot do without. */
  static boolean isFile(String name) {
    return FILES.matcher(name).matches();
  }

  /** What no repair moves. */
  static Set<String> staying() {
    return HARMLESS;
  }

  /** Looks at a directory without owning or changing it. */
  static DataDirectory readOnly(Path path, boolean single) {
    try {
      String mark = marked(path);
      if (RepairedFiles.isUnfinished(path)) {
        throw new KvException.IoFailed(
            Effect.NONE,
            path + " was being repaired: run ./kvist repair again, or open it without read_only",
            null);
      }
      checkMark(path, mark, single);
      return new DataDirectory(null);
    } catch (IOException e) {
      throw failed(path, "cannot be read", e);
    }
  }

  /** Whether nothing is kept there, or there is no such directory. */
  static boolean isEmpty(Path path) {
    try {
      if (isMarked(path)) {
        return false;
      }
      refuseForeign(path);
      return true;
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      throw failed(path, "cannot be read", e);
    }
  }

  /** Whether a store of this engine is there, whatever its state. */
  static boolean isMarked(Path path) {
    return Files.exists(path.resolve(MARK));
  }

  private static @Nullable String mark(Path path) throws IOException {
    Path mark = path.resolve(MARK);
    // Whatever bytes damage has made of it.
    return isMarked(path) ? Files.readString(mark, StandardCharsets.ISO_8859_1).strip() : null;
  }

  private static void refuseForeign(Path path) throws IOException {
    try (var entries = Files.newDirectoryStream(path)) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        if (!HARMLESS.contains(name)) {
          throw DataDirectories.refusal("rocksdb", path, name);
        }
      }
    }
  }

  /** How a store keeps its buckets, whoever has it. */
  static boolean isSingle(Path path) throws IOException {
    return mode(path, marked(path)).equals(SINGLE);
  }

  private static String marked(Path path) throws IOException {
    @Nullable String mark = mark(path);
    if (mark == null) {
      throw new KvException.Unsupported(path + " holds no store of this engine");
    }
    return mark;
  }

  private static String mode(Path path, String mark) {
    String[] words = mark.split(" ", -1);
    if (words.length != 2 || !words[0].matches("[0-9]{1,9}")) {
      throw damaged(path, mark);
    }
    int format = Integer.parseInt(words[0]);
    if (format > FORMAT) {
      throw new KvException.FormatTooNew(path.resolve(MARK).toString(), format, FORMAT);
    }
    if (!words[1].equals(SINGLE) && !words[1].equals(PER_BUCKET)) {
      throw damaged(path, mark);
    }
    return words[1];
  }

  private static KvException damaged(Path path, String mark) {
    return new KvException.Corrupted(
        path.resolve(MARK).toString(),
        0,
        "it says '" + KeyText.print(mark.getBytes(StandardCharsets.ISO_8859_1)) + "'");
  }

  private static void checkMark(Path path, String mark, boolean single) {
    if (!mode(path, mark).equals(mode(single))) {
      throw new IllegalArgumentException(
          path
              + " keeps its buckets with single_bucket_mode="
              + !single
              + "; open it so, or convert it: ./kvist copy --from 'rocksdb:"
              + path
              + "?single_bucket_mode="
              + !single
              + "' --to 'rocksdb:"
              + path
              + "-converted?single_bucket_mode="
              + single
              + "'");
    }
  }

  private static String mode(boolean single) {
    return single ? SINGLE : PER_BUCKET;
  }

  /** Also for the copy that a backup makes. */
  static void writeMark(Path path, boolean single) throws IOException {
    Path unfinished = path.resolve(MARK + ".new");
    Files.writeString(unfinished, FORMAT + " " + mode(single) + "\n");
    try (var file =
        java.nio.channels.FileChannel.open(unfinished, java.nio.file.StandardOpenOption.WRITE)) {
      file.force(true);
    }
    Files.move(unfinished, path.resolve(MARK), StandardCopyOption.ATOMIC_MOVE);
    Trees.force(path);
  }

  /** The names in a folder; empty when there is none. */
  static List<Path> list(Path folder) throws IOException {
    var found = new ArrayList<Path>();
    if (Files.isDirectory(folder)) {
      try (var entries = Files.newDirectoryStream(folder)) {
        entries.forEach(found::add);
      }
    }
    return found;
  }

  /** The error that a caller gets when something fails and nothing was written. */
  static KvException failed(Path path, String what, IOException e) {
    if (e instanceof ClosedByInterruptException) {
      return new KvException.Timeout(Effect.NONE, "a call that needs files in " + path, null);
    }
    String reason =
        switch (e) {
          case AccessDeniedException denied -> denied.getMessage() + " must not be read or written";
          case NotDirectoryException file -> file.getFile() + " is in the way: it is no directory";
          case java.nio.file.FileAlreadyExistsException file ->
              file.getFile() + " is in the way: it is no directory";
          default -> String.valueOf(e.getMessage());
        };
    String message = path + " " + what + ": " + reason;
    boolean denied =
        e instanceof AccessDeniedException
            || (e instanceof FileSystemException f && READ_ONLY_VOLUME.equals(f.getReason()));
    return denied
        ? new KvException.NotPermitted(
            message + "; give this user the right to, or open the store with read_only=true", e)
        : new KvException.IoFailed(Effect.NONE, message, e);
  }

  /**
   * Makes sure that nobody else can have the directory by now.
   *
   * @throws KvException.IoFailed when somebody can
   */
  void checkOwned() {
    if (lock != null) {
      lock.check();
    }
  }

  @Override
  public void close() throws IOException {
    if (lock != null) {
      lock.close();
    }
  }
}
