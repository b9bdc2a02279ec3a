package dev.kvist.spi;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Which backend a directory belongs to, and how to look at it beside its owner. For any thread. */
public final class DataDirectories {
  private static final int ATTEMPTS = 10;
  private static final long NAP_NANOS = 1_000_000;
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private DataDirectories() {}

  /** The backend on the class path whose store a directory holds; null when none does. */
  public static @Nullable Backend holder(Path directory) {
    for (Backend backend : ServiceLoader.load(Backend.class)) {
      if (backend.holds(directory)) {
        return backend;
      }
    }
    return null;
  }

  /**
   * The error of a backend that was given a directory which is not its own. It names the backend
   * whose store is there, where that is known.
   *
   * @param scheme of the backend that refuses
   * @param found the name of a file in it that is not its own
   */
  public static KvException.Unsupported refusal(String scheme, Path directory, String found) {
    @Nullable Backend holder = holder(directory);
    return new KvException.Unsupported(
        holder == null || holder.schemes().contains(scheme)
            ? directory
                + " holds "
                + found
                + ", which Kvist did not write; nothing was touched. Give a directory of its own"
            : directory
                + " holds a store of another engine; nothing was touched. Open it as "
                + uri(holder, directory)
                + ", or give a directory of its own");
  }

  /**
   * Opens a store that may have an owner, who writes, moves and deletes files meanwhile: what fails
   * beside one may be no damage, and is tried again. Damage stays where it is, so what fails the
   * same way again and again is thrown after a few tries; what fails elsewhere each time is the
   * owner, who is faster than this thread, and is tried for longer.
   *
   * @param open opens it for reading
   */
  public static <T> T openBesideOwner(Path directory, Supplier<T> open) {
    long start = System.nanoTime();
    @Nullable String failure = null;
    for (int attempt = 1, alike = 1; ; attempt++) {
      try {
        return open.get();
      } catch (KvException.Corrupted | KvException.IoFailed e) {
        alike = String.valueOf(e.getMessage()).equals(failure) ? alike + 1 : 1;
        failure = e.getMessage();
        // Once more in any case: the owner may have gone meanwhile.
        if (alike == ATTEMPTS
            || System.nanoTime() - start > PATIENCE_NANOS
            || (attempt > 1 && !OwnerLock.isHeld(directory))) {
          throw e;
        }
        LockSupport.parkNanos(alike * NAP_NANOS);
      }
    }
  }

  /**
   * Comes before a repair, which moves files, and reads them as they are: where something else has
   * the name of one, it would fail half done, and again each time.
   *
   * @param folder of the store; it may be missing
   * @param isOfStore whether a name in it is that of a file of the store
   * @throws KvException.IoFailed when a directory has such a name, or a link that leads nowhere
   */
  public static void checkFiles(Path folder, Predicate<String> isOfStore) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (var entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        if (isOfStore.test(String.valueOf(entry.getFileName())) && !Files.isRegularFile(entry)) {
          throw new KvException.IoFailed(
              Effect.NONE,
              entry
                  + " has the name of a file, and is none; nothing was touched. Move it away, and run the repair again",
              null);
        }
      }
    }
  }

  private static String uri(Backend backend, Path directory) {
    return backend.schemes().iterator().next() + ":" + directory;
  }
}
