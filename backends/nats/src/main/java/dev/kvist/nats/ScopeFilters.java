package dev.kvist.nats;

import dev.kvist.WatchScope;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The subject filters of a consumer for a scope. What they let through is compared by bytes still.
 */
final class ScopeFilters {
  private static final String REST = ">";

  private ScopeFilters() {}

  /**
   * At least one filter; no two select the same subject, since a server refuses that.
   *
   * @param several whether a consumer can have more than one: from nats-server 2.10 on
   */
  static List<String> of(Stream stream, WatchScope scope, boolean several) {
    List<byte[]> prefixes = scope.prefixes();
    if (prefixes.isEmpty()) {
      return List.of(stream.subjectPrefix() + REST);
    }
    Set<String> filters = new LinkedHashSet<>();
    for (byte[] prefix : prefixes) {
      @Nullable String filter = stream.filter(prefix);
      if (filter != null) {
        filters.add(filter);
      }
    }
    if (filters.isEmpty()) {
      return List.of(stream.subjectPrefix() + KeyCodec.NO_KEY);
    }
    List<String> outermost = outermost(filters);
    return several || outermost.size() == 1 ? outermost : List.of(common(outermost));
  }

  private static List<String> outermost(Set<String> filters) {
    List<String> kept = new ArrayList<>();
    for (String filter : filters) {
      if (filters.stream().noneMatch(other -> !other.equals(filter) && covers(other, filter))) {
        kept.add(filter);
      }
    }
    return kept;
  }

  private static boolean covers(String wide, String narrow) {
    return narrow.startsWith(wide.substring(0, wide.length() - REST.length()));
  }

  /** The narrowest filter that selects what any of them does. */
  private static String common(List<String> filters) {
    String shared = filters.getFirst();
    for (String filter : filters) {
      int same = 0;
      while (same < Math.min(shared.length(), filter.length())
          && shared.charAt(same) == filter.charAt(same)) {
        same++;
      }
      shared = shared.substring(0, same);
    }
    return shared.substring(0, shared.lastIndexOf('.') + 1) + REST;
  }
}
