package dev.kvist.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes maps, lists, texts, numbers and truth values as JSON. */
final class Json {
  private Json() {}

  /**
   * The text of a value.
   *
   * @throws IllegalArgumentException for a type that JSON has not
   */
  static String text(@Nullable Object value) {
    var text = new StringBuilder();
    write(text, value);
    return text.append('\n').toString();
  }

  private static void write(StringBuilder text, @Nullable Object value) {
    switch (value) {
      case null -> text.append("null");
      case String string -> quote(text, string);
      case Boolean truth -> text.append(truth);
      case Double number -> text.append(Double.isFinite(number) ? number(number) : "null");
      case Number number -> text.append(number);
      case List<?> list -> list(text, list);
      case Map<?, ?> map -> object(text, map);
      default -> throw new IllegalArgumentException("JSON has no " + value.getClass());
    }
  }

  /** Six digits are more than any figure here is worth. */
  private static String number(double number) {
    double size = Math.abs(number);
    return number == Math.rint(number) && size < 1e15
        ? Long.toString((long) number)
        : String.format(Locale.ROOT, size >= 1_000 ? "%.1f" : "%.6f", number);
  }

  private static void list(StringBuilder text, List<?> list) {
    text.append('[');
    boolean flat = list.stream().noneMatch(element -> element instanceof Map);
    for (int i = 0; i < list.size(); i++) {
      text.append(i == 0 ? "" : ",").append(flat ? (i == 0 ? "" : " ") : "\n");
      write(text, list.get(i));
    }
    text.append(flat || list.isEmpty() ? "]" : "\n]");
  }

  private static void object(StringBuilder text, Map<?, ?> map) {
    text.append('{');
    String separator = "";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      text.append(separator);
      quote(text, String.valueOf(entry.getKey()));
      text.append(": ");
      write(text, entry.getValue());
      separator = ", ";
    }
    text.append('}');
  }

  private static void quote(StringBuilder text, String string) {
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\t' -> text.append("\\t");
        default -> {
          if (c < ' ') {
            text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }
}
