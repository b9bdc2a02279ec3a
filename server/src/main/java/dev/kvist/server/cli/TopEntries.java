package dev.kvist.server.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.kvist.Connection;
import dev.kvist.KeyRange;
import dev.kvist.KeyText;
import dev.kvist.KvScan;
import dev.kvist.Kvist;
import dev.kvist.TopKeys;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The largest keys of a store, or the prefixes that most keys share, from a sample of its entries.
 */
final class TopEntries {
  /** How many entries are looked at, at most. */
  static final int SAMPLE = 10_000;

  private static final String SEPARATORS = ":/.";

  /** A key, or the prefix of several, with its bytes or the number of its keys. */
  private record Rank(String bucket, String name, boolean isText, String fingerprint, long amount) {
    static Rank of(String bucket, byte[] key, long amount) {
      String text = Kvist.utf8(key);
      boolean isText = Arrays.equals(Kvist.utf8(text), key);
      return new Rank(
          bucket,
          isText ? text : java.util.Base64.getEncoder().encodeToString(key),
          isText,
          TopKeys.fingerprint(bucket, key),
          amount);
    }

    byte[] key() {
      return isText ? Kvist.utf8(name) : java.util.Base64.getDecoder().decode(name);
    }

    Rank times(double factor) {
      return new Rank(bucket, name, isText, fingerprint, Math.round(amount * factor));
    }
  }

  private final int most;
  private final boolean bySize;
  private final boolean showKeys;
  private List<Rank> top = new ArrayList<>();
  private long sampled;
  private long entries;

  /**
   * What is asked for.
   *
   * @param most how many
   * @param by {@code size} or {@code count}
   * @param showKeys whether keys are shown, and not just what stands for them
   */
  TopEntries(int most, String by, boolean showKeys) {
    if (!by.equals("size") && !by.equals("count")) {
      throw new IllegalArgumentException("--by is size or count, and not '" + by + "'");
    }
    this.most = most;
    this.bySize = by.equals("size");
    this.showKeys = showKeys;
  }

  /** Takes the sample. */
  void take(Connection connection) {
    Map<String, Map<String, Rank>> groups = new LinkedHashMap<>();
    sampled =
        connection.sample(
            SAMPLE,
            (bucket, key, bytes) -> {
              if (bySize) {
                offer(Rank.of(bucket, key, bytes));
              } else {
                Rank one = Rank.of(bucket, prefix(key), 1);
                groups
                    .computeIfAbsent(bucket, name -> new LinkedHashMap<>())
                    .merge(
                        one.name(),
                        one,
                        (a, b) ->
                            new Rank(
                                bucket, a.name(), a.isText(), a.fingerprint(), a.amount() + 1));
              }
            });
    entries = sampled < SAMPLE ? sampled : Math.max(sampled, known(connection.stats()));
    if (!bySize) {
      estimate(connection, groups);
    }
    top = sorted();
  }

  /** Of a bucket that is in the sample whole the numbers are exact; the others share the rest. */
  private void estimate(Connection connection, Map<String, Map<String, Rank>> groups) {
    var parts = new ArrayList<Rank>();
    long seen = 0;
    for (Map.Entry<String, Map<String, Rank>> group : groups.entrySet()) {
      Collection<Rank> ranks = group.getValue().values();
      long keys = ranks.stream().mapToLong(Rank::amount).sum();
      if (isWhole() || !hasMore(connection, group.getKey(), keys)) {
        top.addAll(ranks);
      } else {
        parts.addAll(ranks);
        seen += keys;
      }
    }
    double factor = seen == 0 ? 1 : (double) (entries - sampled + seen) / seen;
    parts.forEach(rank -> top.add(rank.times(factor)));
  }

  private static boolean hasMore(Connection connection, String bucket, long keys) {
    try (KvScan<byte[]> scan =
        connection.store(bucket).reader().keys(KeyRange.all().limit(keys + 1))) {
      long left = keys;
      for (Iterator<byte[]> each = scan.iterator(); each.hasNext(); left--) {
        each.next();
      }
      return left < 0;
    }
  }

  /** How many entries there are, or about how many: an estimate has markers in it. */
  private static long known(Map<String, Long> stats) {
    return stats.getOrDefault("entries", stats.getOrDefault("entries.estimated", 0L));
  }

  /** Keeps the list short: it is cut when it is twice as long as it has to be. */
  private void offer(Rank rank) {
    top.add(rank);
    if (top.size() >= 2L * most + SAMPLE / 10) {
      top = sorted();
    }
  }

  private List<Rank> sorted() {
    top.sort(
        Comparator.comparingLong(Rank::amount)
            .reversed()
            .thenComparing(Rank::bucket)
            .thenComparing(Rank::name));
    return new ArrayList<>(top.subList(0, Math.min(most, top.size())));
  }

  /** Up to its last separator; empty where it has none. */
  private static byte[] prefix(byte[] key) {
    for (int i = key.length - 1; i >= 0; i--) {
      if (SEPARATORS.indexOf(key[i]) >= 0) {
        return Arrays.copyOf(key, i + 1);
      }
    }
    return new byte[0];
  }

  private boolean isWhole() {
    return sampled >= entries;
  }

  void printTable(Console console) throws IOException {
    int numbers = top.isEmpty() ? 0 : Sizes.grouped(top.getFirst().amount()).length();
    int buckets = top.stream().mapToInt(rank -> rank.bucket().length()).max().orElse(0);
    for (Rank rank : top) {
      String number = Sizes.grouped(rank.amount());
      console.line(
          " ".repeat(numbers - number.length())
              + number
              + "  "
              + rank.bucket()
              + " ".repeat(buckets - rank.bucket().length() + 2)
              + (showKeys ? KeyText.print(rank.key()) : rank.fingerprint()));
    }
    console.out().flush();
    console.say(
        "kvist: "
            + (bySize ? "bytes of key and value" : "number of keys by prefix")
            + ", from "
            + (isWhole()
                ? entries == 1 ? "the only entry" : "all " + Sizes.grouped(entries) + " entries"
                : "a random sample of "
                    + Sizes.grouped(sampled)
                    + " of "
                    + Sizes.grouped(entries)
                    + " entries: "
                    + (bySize ? "others may be larger" : "the numbers are estimates for all"))
            + (showKeys ? "" : "; --show-keys shows the keys in place of their hashes"));
  }

  void printJson(Console console) throws IOException {
    JsonGenerator json = new JsonFactory().createGenerator(console.out());
    json.writeStartObject();
    json.writeStringField("by", bySize ? "size" : "count");
    json.writeNumberField("sampled", sampled);
    json.writeNumberField("entries", entries);
    json.writeArrayFieldStart("top");
    for (Rank rank : top) {
      json.writeStartObject();
      json.writeStringField("bucket", rank.bucket());
      String what = bySize ? "key" : "prefix";
      json.writeStringField(what + "_hash", rank.fingerprint());
      if (showKeys) {
        json.writeStringField(rank.isText() ? what : what + "64", rank.name());
      }
      json.writeNumberField(bySize ? "bytes" : "keys", rank.amount());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
    json.writeRaw('\n');
    json.flush();
  }
}
