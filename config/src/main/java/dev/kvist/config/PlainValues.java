package dev.kvist.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns a {@link Tree} into maps, lists and texts. */
final class PlainValues {
  private final Source source;

  PlainValues(Source source) {
    this.source = source;
  }

  Object of(Tree tree) {
    return switch (tree) {
      case Tree.Scalar scalar -> source.expand(scalar).text();
      case Tree.Mapping mapping -> {
        Map<String, Object> values = new LinkedHashMap<>();
        mapping.entries().forEach((key, entry) -> values.put(key, of(entry.value())));
        yield values;
      }
      case Tree.Sequence sequence -> {
        List<Object> items = new ArrayList<>();
        sequence.items().forEach(item -> items.add(of(item)));
        yield items;
      }
    };
  }
}
