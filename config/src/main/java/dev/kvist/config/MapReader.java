package dev.kvist.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a configuration made in code into a {@link Tree}. */
final class MapReader {
  private final Source source;

  MapReader(Source source) {
    this.source = source;
  }

  Tree.Mapping mapping(Map<?, ?> values, String where) {
    var entries = new LinkedHashMap<String, Tree.Entry>();
    values.forEach((key, value) -> {
      if (!(key instanceof String name)) {
        throw source.error(0, "a key" + where + " is a text, not " + key);
      }
      entries.put(name, new Tree.Entry(tree(value, name), 0));
    });
    return new Tree.Mapping(entries, 0);
  }

  private Tree tree(@Nullable Object value, String name) {
    return switch (value) {
      case null -> new Tree.Scalar("", Tree.Form.PLAIN, 0);
      case Map<?, ?> map -> mapping(map, " of " + name);
      case List<?> list -> {
        List<Tree> items = new ArrayList<>();
        for (Object item : list) {
          items.add(tree(item, name));
        }
        yield new Tree.Sequence(items, 0);
      }
      case Boolean flag -> new Tree.Scalar(flag.toString(), Tree.Form.PLAIN, 0);
      case Number number -> new Tree.Scalar(number.toString(), Tree.Form.PLAIN, 0);
      case Duration duration -> foreign(duration.toNanos() / 1_000 + "us");
      case String text -> foreign(text);
      case Path path -> foreign(path.toString());
      default ->
          throw source.error(
              0,
              name
                  + " is a "
                  + value.getClass().getSimpleName()
                  + "; expected a text, number, boolean, Duration, Path, Map or List");
    };
  }

  private static Tree foreign(String text) {
    return new Tree.Scalar(text, Tree.Form.FOREIGN, 0);
  }
}
