package dev.kvist.simple;

import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.simple.Ledger.Change;
import dev.kvist.simple.Ledger.Place;
import dev.kvist.tck.Bytes;
import dev.kvist.tck.Seeded;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Random keys, values and conditions for a {@link Workload}. */
final class Arguments {
  static final String[] BUCKETS = {"a", "b", "c", "d", "e", "f", "g", "h"};

  private final Random random;
  private final Ledger ledger;
  private final int keys;

  /**
   * @param keys so many for each bucket
   */
  Arguments(Random random, Ledger ledger, int keys) {
    this.random = random;
    this.ledger = ledger;
    this.keys = keys;
  }

  Place place() {
    String bucket = BUCKETS[(int) (random.nextDouble() * random.nextDouble() * BUCKETS.length)];
    int key = random.nextInt(keys);
    var letters = new Random(key * 31L + 7);
    byte[] bytes = Seeded.bytes(letters, 1, key % 11 == 0 ? 300 : 3, 4);
    return new Place(bucket, Bytes.of(bytes));
  }

  byte[] value() {
    int length =
        switch (random.nextInt(20)) {
          case 0 -> 0;
          case 1, 2 -> random.nextInt(4_000);
          case 3 -> random.nextInt(12) == 0 ? 14_000 + random.nextInt(30_000) : 6_000;
          case 4, 5, 6, 7 -> random.nextInt(600);
          default -> random.nextInt(60);
        };
    byte[] value = new byte[length];
    if (random.nextInt(3) > 0) {
      random.nextBytes(value);
    } else {
      Arrays.fill(value, (byte) random.nextInt());
    }
    return value;
  }

  PutOptions options(Place place) {
    PutOptions options = PutOptions.DEFAULT;
    Change live = ledger.live(place);
    switch (random.nextInt(8)) {
      case 0 -> options = options.ifAbsent();
      case 1 -> options = options.ifVersion(version(live));
      default -> {}
    }
    switch (random.nextInt(8)) {
      case 0, 1 -> options = options.withTtl(Duration.ofMillis(1 + random.nextInt(3_000)));
      case 2 ->
          options = options.withExpires(Instant.ofEpochMilli(ledger.now - 5 + random.nextInt(500)));
      default -> {}
    }
    return random.nextInt(20) == 0 ? options.withCompressed() : options;
  }

  /** The right one mostly, else an old or a made-up one. */
  Version version(@Nullable Change live) {
    if (live != null && live.version != null && random.nextInt(4) > 0) {
      return live.version;
    }
    if (!ledger.changes.isEmpty() && random.nextBoolean()) {
      Version old = ledger.changes.get(random.nextInt(ledger.changes.size())).version;
      if (old != null) {
        return old;
      }
    }
    return Version.of(random.nextInt(5), random.nextInt(50));
  }
}
