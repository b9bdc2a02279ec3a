package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.LogDirectory;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ordered keys of a damaged store, from those of its files that are intact: they name keys of
 * which the log has nothing any more. Changes nothing.
 */
final class OldKeys implements Closeable {
  private final @Nullable RunFiles files;
  private final RunSet all;
  private final List<KeyRun> intact;

  private OldKeys(@Nullable RunFiles files, List<KeyRun> runs) {
    this.files = files;
    all = new RunSet(runs, 0);
    intact = new ArrayList<>(runs);
    intact.removeIf(run -> !isIntact(run));
  }

  /**
   * Reads them.
   *
   * @param storeId that of the log: other files say nothing; null when it is not known
   */
  static OldKeys read(LogDirectory directory, @Nullable Long storeId) throws IOException {
    if (storeId == null) {
      return new OldKeys(null, List.of());
    }
    var files = new RunFiles(directory, false, storeId);
    return new OldKeys(files, files.loadAll());
  }

  private static boolean isIntact(KeyRun run) {
    try {
      RunCursor.verify(run);
      return true;
    } catch (KvException.Corrupted | InternalError e) {
      return false;
    }
  }

  /** The counter below which every key that was new is here, if it lived; 0 when nothing is. */
  long coversTo() {
    List<KeyRunLayout.Claim> claims = new ArrayList<>();
    intact.forEach(run -> claims.add(run.header().claim()));
    claims.sort(Comparator.comparingInt(KeyRunLayout.Claim::fromStep));
    int reach = 0;
    long coversTo = 0;
    for (KeyRunLayout.Claim claim : claims) {
      if (claim.fromStep() <= reach) {
        reach = Math.max(reach, claim.toStep());
        coversTo = Math.max(coversTo, claim.coversTo());
      }
    }
    return coversTo;
  }

  /** Gets each key. */
  interface Taker {
    void take(int bucket, byte[] key) throws IOException;
  }

  /** Hands out each key at least once. */
  void forEach(Taker taker) throws IOException {
    var merge = new RunMerge(intact, false);
    for (merge.seekAll(); merge.isAtKey(); merge.advance()) {
      RunCursor at = merge.current();
      int start = at.start() + KeyBatch.BUCKET_BYTES;
      taker.take(
          KeyBatch.bucket(at.buffer(), at.start()),
          Arrays.copyOfRange(at.buffer(), start, at.end()));
    }
  }

  @Override
  public void close() throws IOException {
    all.release();
    if (files != null) {
      files.closeRetired();
    }
  }
}
