package dev.kvist;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A sample of live entries by ordered scans alone: a small bucket whole, of a large one some
 * neighbours each at random places between its first and its last key. For one thread.
 */
final class SeekSample {
  private static final int NEIGHBOURS = 16;

  /** How many bytes of a place are chosen. */
  private static final int DIGITS = 12;

  private final Connection connection;
  private final int most;
  private final Connection.Sample to;
  private int given;

  SeekSample(Connection connection, int most, Connection.Sample to) {
    this.connection = connection;
    this.most = most;
    this.to = to;
  }

  /** Gives them; returns how many. */
  int run() {
    List<String> buckets = new ArrayList<>();
    connection.buckets().forEachRemaining(buckets::add);
    for (int i = 0; i < buckets.size() && given < most; i++) {
      // What small buckets leave over is for those after them.
      sample(buckets.get(i), Math.max(1, (most - given) / (buckets.size() - i)));
    }
    return given;
  }

  private void sample(String bucket, int share) {
    KvReader reader = connection.store(bucket).reader();
    List<KvEntry> first = read(reader, KeyRange.all(), share + 1);
    if (first.size() <= share) {
      first.forEach(this::give);
      return;
    }
    byte[] low = first.getFirst().key();
    List<KvEntry> end = read(reader, KeyRange.all().reversed(), 1);
    byte[] high = end.isEmpty() ? low : end.getFirst().key();
    var places = new Places(low, high);
    first.forEach(entry -> places.see(entry.key()));
    Set<ByteBuffer> seen = new HashSet<>();
    int tries = 2 * share / NEIGHBOURS + 1;
    for (int i = 0; i < tries && seen.size() < share; i++) {
      for (KvEntry entry : read(reader, KeyRange.all().from(places.next()), NEIGHBOURS)) {
        places.see(entry.key());
        if (seen.size() < share && seen.add(ByteBuffer.wrap(entry.key()))) {
          give(entry);
        }
      }
    }
  }

  private static List<KvEntry> read(KvReader reader, KeyRange range, int limit) {
    var entries = new ArrayList<KvEntry>();
    try (KvScan<KvEntry> scan = reader.scan(range.limit(limit))) {
      Iterator<KvEntry> each = scan.iterator();
      while (each.hasNext()) {
        entries.add(each.next());
      }
    }
    return entries;
  }

  private void give(KvEntry entry) {
    given++;
    to.entry(entry.bucket(), entry.key(), (long) entry.key().length + entry.value().length);
  }

  /**
   * Random places between the first and the last key of a bucket. What keys have in common stays;
   * each byte behind that is chosen from the range of those that were seen there, since most keys
   * are text, of which a place chosen among all bytes would nearly always miss the digits.
   */
  private static final class Places {
    private final byte[] common;
    private final int[] least = new int[DIGITS];
    private final int[] most = new int[DIGITS];
    private int known;

    Places(byte[] low, byte[] high) {
      int mismatch = Arrays.mismatch(low, high);
      common = mismatch < 0 ? low : Arrays.copyOf(low, mismatch);
      see(low);
      see(high);
    }

    void see(byte[] key) {
      for (int i = 0; i < DIGITS && common.length + i < key.length; i++) {
        int digit = Byte.toUnsignedInt(key[common.length + i]);
        boolean isFirst = i >= known;
        least[i] = isFirst ? digit : Math.min(least[i], digit);
        most[i] = isFirst ? digit : Math.max(most[i], digit);
        known = Math.max(known, i + 1);
      }
    }

    byte[] next() {
      byte[] place = Arrays.copyOf(common, common.length + known);
      for (int i = 0; i < known; i++) {
        place[common.length + i] =
            (byte) ThreadLocalRandom.current().nextInt(least[i], most[i] + 1);
      }
      return place;
    }
  }
}
