package dev.kvist;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A sample of live entries by ordered scans alone: a small bucket whole, of a large one some
 * neighbours each at random places of its order. For one thread.
 *
 * <p>It keeps the gaps between what was read, and chooses each place within one of them. So nothing
 * is given twice, a gap that turns out empty is chosen no more, and as many are given as there are.
 */
final class SeekSample {
  private static final int NEIGHBOURS = 16;

  private final Connection connection;
  private final int most;
  private final Connection.Sample to;
  private final List<Gap> gaps = new ArrayList<>();
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
      begin(buckets.get(i), Math.max(1, (most - given) / (buckets.size() - i)));
    }
    while (given < most && !gaps.isEmpty()) {
      int chosen = ThreadLocalRandom.current().nextInt(gaps.size());
      Collections.swap(gaps, chosen, gaps.size() - 1);
      readIn(gaps.removeLast());
    }
    return given;
  }

  private void begin(String bucket, int share) {
    KvReader reader = connection.store(bucket).reader();
    List<KvEntry> first = read(reader, KeyRange.all(), share + 1);
    if (first.size() <= share) {
      first.forEach(this::give);
      return;
    }
    List<KvEntry> end = read(reader, KeyRange.all().reversed(), 1);
    byte[] last = (end.isEmpty() ? first : end).getLast().key();
    var places = new RandomPlaces();
    first.forEach(entry -> places.see(entry.key()));
    gaps.add(new Gap(reader, places, first.getFirst().key(), behind(last), false));
  }

  private void readIn(Gap gap) {
    byte[] place = gap.seemsEmpty ? gap.from : gap.places.between(gap.from, gap.to);
    int limit = Math.min(NEIGHBOURS, most - given);
    List<KvEntry> found = read(gap.reader, KeyRange.all().from(place).to(gap.to), limit);
    for (KvEntry entry : found) {
      gap.places.see(entry.key());
      give(entry);
    }
    add(gap, gap.from, place, found.isEmpty());
    if (found.size() == limit) {
      add(gap, behind(found.getLast().key()), gap.to, false);
    }
  }

  private void add(Gap whole, byte[] from, byte[] to, boolean seemsEmpty) {
    if (Arrays.compareUnsigned(from, to) < 0) {
      gaps.add(new Gap(whole.reader, whole.places, from, to, seemsEmpty));
    }
  }

  private static byte[] behind(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
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
   * A range of keys of which nothing was read yet. One that seems empty is read from its start, so
   * that it either gives something or is gone.
   */
  private static final class Gap {
    final KvReader reader;
    final RandomPlaces places;
    final byte[] from;
    final byte[] to;
    final boolean seemsEmpty;

    Gap(KvReader reader, RandomPlaces places, byte[] from, byte[] to, boolean seemsEmpty) {
      this.reader = reader;
      this.places = places;
      this.from = from;
      this.to = to;
      this.seemsEmpty = seemsEmpty;
    }
  }

  /**
   * Random places between two others. Behind the byte in which those differ each byte is that of a
   * key that was seen, at the same offset: keys are mostly text, of which a byte chosen among all
   * would nearly always miss the digits.
   */
  private static final class RandomPlaces {
    private static final int KEYS = 256;

    /** How many bytes are chosen. */
    private static final int BYTES = 12;

    private final List<byte[]> seen = new ArrayList<>();

    void see(byte[] key) {
      if (seen.size() < KEYS) {
        seen.add(key);
      } else {
        seen.set(ThreadLocalRandom.current().nextInt(KEYS), key);
      }
    }

    /** A place from {@code low} on and below {@code high}, which is larger. */
    byte[] between(byte[] low, byte[] high) {
      int differs = Arrays.mismatch(low, high);
      byte[] place = Arrays.copyOf(high, differs + BYTES);
      int length = differs + 1;
      int least = differs < low.length ? Byte.toUnsignedInt(low[differs]) : 0;
      place[differs] =
          (byte) ThreadLocalRandom.current().nextInt(least, Byte.toUnsignedInt(high[differs]) + 1);
      for (; length < place.length; length++) {
        byte[] key = seen.get(ThreadLocalRandom.current().nextInt(seen.size()));
        if (key.length <= length) {
          break;
        }
        place[length] = key[length];
      }
      byte[] chosen = Arrays.copyOf(place, length);
      boolean isWithin =
          Arrays.compareUnsigned(chosen, low) >= 0 && Arrays.compareUnsigned(chosen, high) < 0;
      return isWithin ? chosen : low;
    }
  }
}
