package dev.kvist.config;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads YAML into a {@link Tree}, from the parser's events: no object of any other class can come
 * of a file. Refused are anchors and aliases, by which a small file grows without bound, tags,
 * duplicate keys, a second document, and nesting deeper than {@link #MAX_DEPTH}.
 */
final class YamlReader {
  /** The most characters of a file. */
  static final int MAX_SIZE = 1 << 20;

  static final int MAX_DEPTH = 20;

  private final Source source;
  private final Iterator<Event> events;

  private YamlReader(Source source, Iterator<Event> events) {
    this.source = source;
    this.events = events;
  }

  /** The top level of a file; without entries when the file is empty. */
  static Tree.Mapping read(String yaml, Source source) {
    if (yaml.length() > MAX_SIZE) {
      throw source.error(
          0, "has more than " + MAX_SIZE + " characters, which no configuration needs");
    }
    String text = yaml.startsWith("\uFEFF") ? yaml.substring(1) : yaml;
    LoadSettings settings = LoadSettings.builder().setLabel(source.name()).build();
    try {
      Iterator<Event> events = new Parse(settings).parseString(text).iterator();
      return new YamlReader(source, events).document();
    } catch (MarkedYamlEngineException e) {
      // Its own message quotes the lines around, which may hold a password.
      int line = e.getProblemMark().map(Mark::getLine).orElse(-1) + 1;
      throw source.error(line, "is no YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw source.error(0, "is no YAML: " + e.getMessage());
    }
  }

  private Tree.Mapping document() {
    Tree.@Nullable Mapping top = null;
    while (events.hasNext()) {
      Event event = events.next();
      switch (event.getEventId()) {
        case DocumentStart -> {
          if (top != null) {
            throw source.error(line(event), "a second document starts here; one file holds one");
          }
          top = topLevel(tree(events.next(), 0));
        }
        default -> {
          // The starts and ends of the stream and of the document say nothing.
        }
      }
    }
    return top == null ? new Tree.Mapping(new LinkedHashMap<>(), 0) : top;
  }

  private Tree.Mapping topLevel(Tree tree) {
    return switch (tree) {
      case Tree.Mapping mapping -> mapping;
      case Tree.Scalar scalar when scalar.isNull() ->
          new Tree.Mapping(new LinkedHashMap<>(), scalar.line());
      default -> throw source.error(tree.line(), "expected sections, each a key with a colon");
    };
  }

  private Tree tree(Event event, int depth) {
    refuseSharing(event);
    if (depth > MAX_DEPTH) {
      throw source.error(line(event), "is nested deeper than " + MAX_DEPTH + " levels");
    }
    return switch (event) {
      case ScalarEvent scalar -> scalar(scalar);
      case MappingStartEvent start -> mapping(start, depth);
      case CollectionStartEvent start -> sequence(start, depth);
      default -> throw new IllegalStateException("the YAML parser gave " + event);
    };
  }

  private Tree.Scalar scalar(ScalarEvent event) {
    return new Tree.Scalar(
        event.getValue(), event.isPlain() ? Tree.Form.PLAIN : Tree.Form.QUOTED, line(event));
  }

  private Tree mapping(MappingStartEvent start, int depth) {
    var entries = new LinkedHashMap<String, Tree.Entry>();
    for (Event event = events.next(); !(event instanceof MappingEndEvent); event = events.next()) {
      refuseSharing(event);
      if (!(event instanceof ScalarEvent key)) {
        throw source.error(line(event), "a key is a single word, not a list or a section");
      }
      var entry = new Tree.Entry(tree(events.next(), depth + 1), line(key));
      Tree.@Nullable Entry earlier = entries.putIfAbsent(key.getValue(), entry);
      if (earlier != null) {
        throw source.error(
            line(key), key.getValue() + " comes twice, first in line " + earlier.line());
      }
    }
    return new Tree.Mapping(entries, line(start));
  }

  private Tree sequence(CollectionStartEvent start, int depth) {
    List<Tree> items = new ArrayList<>();
    for (Event event = events.next(); !(event instanceof SequenceEndEvent); event = events.next()) {
      items.add(tree(event, depth + 1));
    }
    return new Tree.Sequence(items, line(start));
  }

  private void refuseSharing(Event event) {
    if (event instanceof AliasEvent
        || (event instanceof NodeEvent node && node.getAnchor().isPresent())) {
      throw source.error(
          line(event),
          "anchors (&) and aliases (*) are not read here; put the text in quotes, or write it out");
    }
    boolean tagged =
        switch (event) {
          case ScalarEvent scalar -> scalar.getTag().isPresent();
          case CollectionStartEvent start -> start.getTag().isPresent();
          default -> false;
        };
    if (tagged) {
      throw source.error(line(event), "tags (!) are not read here; put the text in quotes");
    }
  }

  private static int line(Event event) {
    return event.getStartMark().map(Mark::getLine).orElse(-1) + 1;
  }
}
