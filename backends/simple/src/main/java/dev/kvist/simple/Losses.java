package dev.kvist.simple;

import dev.kvist.KeyText;
import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What of a log is lost, and for which keys that may matter. */
final class Losses {
  /** A record whose key is known, and whose value is lost. */
  private static final class BadValue {
    private final String place;
    private final int bucket;
    private final byte[] key;
    private final long counter;

    private BadValue(RecordCursor record) {
      place = Loss.place(record.segment, record.offset(), record.following());
      bucket = record.bucket();
      key = record.type() <= RecordLayout.PURGE ? record.key() : new byte[0];
      counter = record.counter();
    }
  }

  private final OldIndex old;
  private final List<Loss> stretches = new ArrayList<>();
  private final List<BadValue> badValues = new ArrayList<>();
  private final List<String> headers = new ArrayList<>();
  private long bytes;
  private boolean isDamage;

  Losses(OldIndex old) {
    this.old = old;
  }

  void header(Segment segment) {
    long size = Math.min(SegmentLayout.HEADER_BYTES, segment.capacity());
    headers.add(
        Loss.place(segment, 0, size) + ": the header is damaged; the records are not, for that");
    bytes += size;
    isDamage = true;
  }

  void stretch(Loss loss) {
    stretches.add(loss);
    bytes += loss.bytes();
    isDamage |= loss.proven() && (loss.records() != 0 || loss.bytes() > 0);
  }

  /**
   * @param proven whether it is no record that a crash left unfinished
   */
  void badValue(RecordCursor record, boolean proven) {
    badValues.add(new BadValue(record));
    old.found(record.position());
    bytes += record.size();
    isDamage |= proven;
  }

  /** Whether there is more than the unfinished end that a crash leaves. */
  boolean isDamage() {
    return isDamage;
  }

  long bytes() {
    return bytes;
  }

  /** Each damaged place, and what it means. */
  List<String> damages(NewestRecords kept) {
    var lines = new ArrayList<>(headers);
    stretches.forEach(loss -> lines.add(loss.toString()));
    for (BadValue bad : badValues) {
      boolean older = kept.counterOf(bad.bucket, bad.key) >= bad.counter;
      lines.add(
          bad.place
              + ": the value of "
              + text(kept.names(), bad.bucket, bad.key)
              + " is damaged"
              + (older ? "; there is a newer one" : ""));
    }
    return lines;
  }

  /** The keys for which a newer record than the one kept may have been lost. */
  Set<String> suspects(NewestRecords kept) throws IOException {
    var suspects = new TreeSet<String>();
    for (BadValue bad : badValues) {
      if (kept.counterOf(bad.bucket, bad.key) < bad.counter) {
        suspects.add(text(kept.names(), bad.bucket, bad.key));
      }
    }
    long counter = -1;
    long counterUntold = -1;
    for (Loss loss : stretches) {
      if (loss.isReal()) {
        counter = Math.max(counter, loss.counter());
        if (loss.current() < 0) {
          counterUntold = Math.max(counterUntold, loss.counter());
        }
      }
    }
    if (counter >= 0) {
      addOlderThan(counter, counterUntold, kept, suspects);
    }
    return suspects;
  }

  /** Whether there may be lost records of which the index knows nothing. */
  boolean isBeyondIndex() {
    return stretches.stream().anyMatch(loss -> loss.isReal() && !loss.indexed());
  }

  /**
   * How many of those may have been the first of their keys; {@link Repair#UNKNOWN} when that
   * cannot be told.
   *
   * @param coversTo keys that were new below this counter are known
   */
  long newKeysBeyondIndex(long coversTo) {
    long keys = 0;
    for (Loss loss : stretches) {
      if (loss.isReal() && !loss.indexed() && loss.counter() >= coversTo) {
        if (loss.records() < 0 || loss.counter() == Loss.ANY_COUNTER) {
          return Repair.UNKNOWN;
        }
        keys += Math.min(loss.records(), loss.counter() - coversTo + 1);
      }
    }
    return keys;
  }

  private void addOlderThan(
      long counter, long counterUntold, NewestRecords kept, Set<String> suspects)
      throws IOException {
    kept.forEach(record -> {
      // One that the index does not have was overwritten or deleted by what is lost.
      boolean isSuspect =
          record.counter() < counterUntold
              || (record.counter() < counter && !old.isCurrent(record.position()));
      if (isSuspect && record.bucket() != Bucket.DIRECTORY) {
        suspects.add(text(kept.names(), record.bucket(), record.key()));
      }
    });
  }

  static String text(BucketNames names, int bucket, byte[] key) {
    return bucket == Bucket.DIRECTORY
        ? "the bucket " + KeyText.print(key)
        : names.of(bucket) + "/" + KeyText.print(key);
  }
}
