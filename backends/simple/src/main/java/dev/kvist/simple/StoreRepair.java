package dev.kvist.simple;

import dev.kvist.KvException;
import dev.kvist.spi.Backend.Repair;
import dev.kvist.spi.LogDirectory;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a sound store of a damaged one: the newest readable record of each key stays, under a new
 * epoch; the files as they were are kept aside; the index and the ordered keys are built anew by
 * the next open. Without damage it only takes those derived files away.
 *
 * <p>Cursors of before are expired afterwards, since the change stream has a hole.
 */
final class StoreRepair {
  private static final Logger LOG = LoggerFactory.getLogger(StoreRepair.class);

  private final LogDirectory directory;
  private final Settings settings;
  private final LongSupplier wallClock;

  private StoreRepair(LogDirectory directory, Settings settings, LongSupplier wallClock) {
    this.directory = directory;
    this.settings = settings;
    this.wallClock = wallClock;
  }

  /**
   * Repairs what a directory holds, which its caller owns.
   *
   * @throws dev.kvist.KvException.Unsupported when it is not Kvist's
   * @throws dev.kvist.KvException.FormatTooNew when a newer Kvist wrote it
   */
  static Repair run(LogDirectory directory, Settings settings, LongSupplier wallClock)
      throws IOException {
    @Nullable String finished = RepairedFiles.finish(directory);
    if (finished != null) {
      return RepairReport.read(directory, finished);
    }
    return new StoreRepair(directory, settings, wallClock).run();
  }

  private Repair run() throws IOException {
    try (Salvage salvage = Salvage.read(directory)) {
      if (salvage.newestId() > Segment.MAX_ID - Segment.SLOTS) {
        throw new KvException.Unsupported(
            directory.location()
                + " has no numbers left for new segments; nothing was touched. Copy what can be read to a new store");
      }
      RepairedFiles.clear(directory);
      NewestRecords newest = salvage.newest();
      Losses losses = salvage.losses();
      Map<Integer, String> unnamed = unnamed(newest);
      if (!losses.isDamage() && unnamed.isEmpty()) {
        deleteDerived();
        LOG.info("{}: no record is damaged", directory.location());
        return new Repair(newest.size(), 0, List.of(), List.of(), "");
      }
      String folder = RepairedFiles.freeFolder(directory);
      List<String> damages = losses.damages(newest);
      unnamed.forEach((id, name) ->
          damages.add("the bucket number " + id + " lost its name: it is now " + name));
      Suspects suspects = salvage.suspects();
      var repair =
          new Repair(
              newest.size(),
              losses.bytes(),
              damages,
              suspects.names(),
              suspects.unnamed(),
              RepairReport.place(directory, folder));
      damages.forEach(line -> LOG.warn("{}: {}", directory.location(), line));
      write(salvage, unnamed);
      RepairReport.write(directory, RepairedFiles.report(), repair);
      RepairedFiles.install(directory, salvage.newestId() + 1, folder);
      return repair;
    }
  }

  /** Buckets that hold values and cannot be found by a name. */
  private static Map<Integer, String> unnamed(NewestRecords newest) throws IOException {
    Map<Integer, Long> definedAt = new HashMap<>();
    Map<Integer, Long> liveAt = new HashMap<>();
    newest.forEach(record -> {
      if (BucketNames.isDefinition(record)) {
        Bucket bucket = Bucket.read("", record.storedValue());
        definedAt.put(bucket.id, bucket.live ? Long.MAX_VALUE : record.counter());
      } else if (record.type() == RecordLayout.PUT && record.bucket() != Bucket.DIRECTORY) {
        liveAt.merge(record.bucket(), record.counter(), Math::max);
      }
    });
    Map<Integer, String> unnamed = new HashMap<>();
    liveAt.forEach((id, counter) -> {
      if (definedAt.getOrDefault(id, -1L) < counter) {
        unnamed.put(id, newest.names().of(id));
      }
    });
    return unnamed;
  }

  private void write(Salvage salvage, Map<Integer, String> unnamed) throws IOException {
    NewestRecords newest = salvage.newest();
    Long storeId = salvage.storeId();
    long millis = Math.max(wallClock.getAsLong(), newest.millis());
    var log =
        new RepairedLog(
            directory,
            settings.segmentBytes(),
            salvage.newestId() + 1,
            storeId == null ? ThreadLocalRandom.current().nextLong() : storeId,
            Store.newEpoch(newest.epoch(), wallClock.getAsLong()),
            newest.counter(),
            millis);
    try {
      newest.forEach(log::keep);
      unnamed.forEach((id, name) -> log.define(name, id));
      log.end();
    } finally {
      log.close();
    }
  }

  private void deleteDerived() throws IOException {
    for (String path : directory.list(Log.STATE_FOLDER)) {
      if (Spares.id(path) < 0) {
        directory.delete(path);
      }
    }
  }
}
