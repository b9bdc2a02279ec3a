package dev.kvist.config;

import dev.kvist.Connection;
import dev.kvist.bucket.BloomFilter;
import dev.kvist.bucket.Filter;
import dev.kvist.spi.Setting;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which filter a store registers with {@code Filters}: keys of every section of a store.
 *
 * @param bloom whether it is a Bloom filter; else the exact one
 * @param capacity how many items a Bloom filter is made for
 * @param errorRate the share of absent items for which it may be wrong
 */
record FilterSettings(boolean bloom, long capacity, double errorRate) {
  private static final Setting KIND =
      Setting.choice(
          "filter",
          List.of("exact", "bloom"),
          "exact",
          "The filter that the store registers: exact, or a Bloom filter of a fixed size.");

  private static final Setting CAPACITY =
      Setting.of(
          "filter_capacity",
          Setting.Type.INTEGER,
          Long.toString(BloomFilter.DEFAULT_CAPACITY),
          "How many items a Bloom filter is made for, those of all buckets together.");

  private static final Setting ERROR_RATE =
      Setting.of(
          "filter_error_rate",
          Setting.Type.NUMBER,
          Double.toString(BloomFilter.DEFAULT_ERROR_RATE),
          "The share of absent items that a full Bloom filter may take for present.");

  static final List<Setting> TABLE = List.of(KIND, CAPACITY, ERROR_RATE);

  /** That of a store of which nothing else is said. */
  static final FilterSettings EXACT =
      new FilterSettings(false, BloomFilter.DEFAULT_CAPACITY, BloomFilter.DEFAULT_ERROR_RATE);

  /** Those that a section has beside the backend's own: what it calls the same is its own. */
  static List<Setting> beside(List<Setting> own) {
    return TABLE.stream()
        .filter(setting -> own.stream().noneMatch(other -> other.name().equals(setting.name())))
        .toList();
  }

  /**
   * Takes them out of the values of a section, which are then those of the backend.
   *
   * @param tree the section as it was written
   * @param own the settings of the backend
   */
  static FilterSettings take(
      Source source,
      String section,
      Tree.Mapping tree,
      Map<String, String> values,
      List<Setting> own) {
    var taken = new HashMap<String, String>();
    for (Setting setting : beside(own)) {
      @Nullable String value = values.remove(setting.name());
      if (value != null) {
        taken.put(setting.name(), value);
      }
    }
    boolean bloom = "bloom".equals(taken.remove(KIND.name()));
    if (!bloom) {
      for (String key : taken.keySet()) {
        throw source.error(
            tree.lineOf(key), section + "." + key + " is of a Bloom filter; add filter: bloom");
      }
      return EXACT;
    }
    long capacity = Long.parseLong(taken.getOrDefault(CAPACITY.name(), "" + EXACT.capacity()));
    double errorRate =
        Double.parseDouble(taken.getOrDefault(ERROR_RATE.name(), "" + EXACT.errorRate()));
    // A rate that is none is wrong by itself; of what is too much together, the capacity is named.
    boolean given = taken.containsKey(CAPACITY.name());
    check(source, section, tree.lineOf(ERROR_RATE.name()), 1, errorRate);
    check(
        source,
        section,
        tree.lineOf(given ? CAPACITY.name() : ERROR_RATE.name()),
        capacity,
        errorRate);
    return new FilterSettings(true, capacity, errorRate);
  }

  private static void check(
      Source source, String section, int line, long capacity, double errorRate) {
    try {
      BloomFilter.checkSize(capacity, errorRate);
    } catch (IllegalArgumentException e) {
      throw source.error(line, section + ": " + e.getMessage(), e);
    }
  }

  /** The filter of an open connection; close it before the connection if it can be closed. */
  Filter open(Connection connection) {
    return bloom ? BloomFilter.open(connection, capacity, errorRate) : Filter.of(connection);
  }

  /** For a line of the log; empty for the exact filter. */
  String shown() {
    return bloom ? ", Bloom filter for " + capacity + " items, error rate " + errorRate : "";
  }
}
