package dev.kvist;

import java.nio.file.Path;
import java.util.List;

/** Care of a connection's data, while it is in use. */
public interface KvMaintenance {
  /**
   * What a verification found.
   *
   * @param records how many records were checked
   * @param bytes how many bytes were read
   * @param damages where something is wrong, each with file and offset; empty when all is well
   */
  record Verification(long records, long bytes, List<String> damages) {}

  /** Checks every record and every derived file. Reads and writes go on. */
  Verification verify();

  /**
   * Gives back all space that can be given back now: deleted, overwritten, expired, purged. Returns
   * when done.
   */
  void compact();

  /**
   * Copies the store to a directory while writes go on; the copy holds every write acknowledged
   * before the call, and opens as a store of a new epoch.
   *
   * @param directory missing or empty
   * @throws IllegalArgumentException when there is something in it
   * @throws KvException.IoFailed when it cannot be written
   */
  void backup(Path directory);
}
