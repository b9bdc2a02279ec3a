package dev.kvist.rocksdb;

import dev.kvist.KvException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/**
 * RocksDB's native library, unpacked once for each version of it and kept: unpacked at every start,
 * as rocksdbjni does by itself, each process that is killed leaves another copy behind.
 *
 * <p>Kept in {@code $KVIST_CACHE}, else {@code kvist} in {@code $XDG_CACHE_HOME} or {@code
 * ~/.cache}.
 */
final class NativeLibrary {
  private static boolean loaded;

  private NativeLibrary() {}

  /**
   * Loads it, once a process.
   *
   * @throws KvException.Unsupported when it cannot be loaded, naming the platform
   */
  static synchronized void load() {
    if (loaded) {
      return;
    }
    try {
      RocksDB.loadLibrary(List.of(unpack(cache()).toString()));
      loaded = true;
    } catch (IOException | RuntimeException | LinkageError e) {
      var refusal =
          new KvException.Unsupported(
              "RocksDB's native library cannot be loaded on "
                  + System.getProperty("os.name")
                  + " "
                  + System.getProperty("os.arch")
                  + " ("
                  + e.getMessage()
                  + "); use simple:DIR, which is pure Java");
      refusal.addSuppressed(e);
      throw refusal;
    }
  }

  private static Path cache() {
    @Nullable String own = System.getenv("KVIST_CACHE");
    if (own != null && !own.isBlank()) {
      return Path.of(own);
    }
    @Nullable String caches = System.getenv("XDG_CACHE_HOME");
    return caches != null && !caches.isBlank()
        ? Path.of(caches, "kvist")
        : Path.of(System.getProperty("user.home"), ".cache", "kvist");
  }

  /** Returns the folder that holds the library. */
  private static Path unpack(Path cache) throws IOException {
    String name = Environment.getJniLibraryFileName("rocksdb");
    @Nullable URL packed = RocksDB.class.getClassLoader().getResource(name);
    if (packed == null) {
      @Nullable String fallback = Environment.getFallbackJniLibraryFileName("rocksdb");
      packed = fallback == null ? null : RocksDB.class.getClassLoader().getResource(fallback);
    }
    if (packed == null) {
      throw new IOException("rocksdbjni has no " + name);
    }
    long[] sizeAndCrc = identity(packed);
    Path folder =
        cache.resolve(
            String.format(Locale.ROOT, "rocksdbjni-%08x-%d", sizeAndCrc[1], sizeAndCrc[0]));
    // The name by which RocksDB looks for it in a folder.
    Path library = folder.resolve(Environment.getJniLibraryFileName("rocksdbjni"));
    if (!Files.exists(library) || Files.size(library) != sizeAndCrc[0]) {
      Files.createDirectories(folder);
      Path part = Files.createTempFile(folder, "part", "", ownerOnly(folder));
      try {
        try (InputStream in = packed.openStream()) {
          Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
        }
        // A power loss may else leave the name and the length, and nothing that can be loaded.
        try (var file = new RandomAccessFile(part.toFile(), "rw")) {
          file.getFD().sync();
        }
        Files.move(part, library, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    }
    return folder;
  }

  private static java.nio.file.attribute.FileAttribute<?>[] ownerOnly(Path folder) {
    return folder.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new java.nio.file.attribute.FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        }
        : new java.nio.file.attribute.FileAttribute<?>[0];
  }

  /** Size and checksum: a jar knows them without reading the library. */
  private static long[] identity(URL packed) throws IOException {
    URLConnection connection = packed.openConnection();
    if (connection instanceof JarURLConnection jar) {
      @Nullable ZipEntry entry = jar.getJarEntry();
      if (entry != null && entry.getCrc() >= 0 && entry.getSize() >= 0) {
        return new long[] {entry.getSize(), entry.getCrc()};
      }
    }
    try (InputStream in = packed.openStream()) {
      var crc = new CRC32();
      byte[] bytes = in.readAllBytes();
      crc.update(bytes);
      return new long[] {bytes.length, crc.getValue()};
    }
  }
}
