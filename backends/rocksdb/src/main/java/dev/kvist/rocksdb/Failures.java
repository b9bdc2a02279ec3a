package dev.kvist.rocksdb;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** What RocksDB's errors mean to callers. */
final class Failures {
  private static final Pattern FILE =
      Pattern.compile("(\\S+\\.(?:sst|blob|log)|\\S*MANIFEST-\\d+)");
  private static final Pattern OFFSET = Pattern.compile("offset[ =:]+(\\d+)");

  /** Of a database that was left unclosed, see {@link Database#leaveFiles}. */
  private static final String OWN_LOCK = "lock hold by current process";

  /** A blob file is not opened before a value of it is read. */
  private static final String NO_FILE = "No such file";

  private Failures() {}

  /**
   * The error that a caller gets.
   *
   * @param effect whether a write may have happened
   * @param what what was tried, such as {@code cannot be read}
   */
  static KvException of(String location, String what, Effect effect, RocksDBException e) {
    @Nullable Status status = e.getStatus();
    Status.Code code = status == null ? Status.Code.Undefined : status.getCode();
    String message = String.valueOf(e.getMessage());
    if (code == Status.Code.Corruption) {
      return corrupted(location, message);
    }
    if (isNoSpace(status, message)) {
      return new KvException.StoreFull(
          "the volume of " + location,
          -1,
          "make room on it; reads still work, of a store that is closed with read_only=true",
          e);
    }
    String reason = message;
    if (message.contains(OWN_LOCK)) {
      reason =
          "another process may have had its directory while this one had it open; start this one again";
    } else if (message.contains(NO_FILE)) {
      reason += "; where another process has the store open and deleted it, open it here again";
    }
    return new KvException.IoFailed(effect, location + " " + what + ": " + reason, e);
  }

  static boolean isNoSpace(@Nullable Status status, String message) {
    return (status != null && status.getSubCode() == Status.SubCode.NoSpace)
        || message.contains("No space left");
  }

  static KvException.Corrupted corrupted(String location, String message) {
    Matcher file = FILE.matcher(message);
    Matcher offset = OFFSET.matcher(message);
    return new KvException.Corrupted(
        file.find() ? file.group(1) : location,
        offset.find() ? Long.parseLong(offset.group(1)) : 0,
        message);
  }
}
