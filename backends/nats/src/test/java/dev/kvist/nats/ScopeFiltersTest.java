package dev.kvist.nats;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvist.WatchScope;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which subjects a watch asks for. */
final class ScopeFiltersTest {
  private static final Stream OURS = Streams.named("b", KeyCodec.ENCODED);
  private static final Stream FOREIGN = Streams.named("b", KeyCodec.LITERAL);

  @Test
  void everythingIsOneFilter() {
    assertEquals(List.of("$KV.b.>"), ScopeFilters.of(OURS, WatchScope.all(), true));
  }

  @Test
  void aPrefixIsItsWholeTokens() {
    assertEquals(List.of("$KV.b.a.>"), of(OURS, true, "a."));
    assertEquals(List.of("$KV.b.a.>"), of(OURS, true, "a.b"));
    assertEquals(List.of("$KV.b.>"), of(OURS, true, "a"));
    assertEquals(List.of("$KV.b.=.>"), of(OURS, true, "."));
  }

  @Test
  void severalPrefixesAreAsManyFiltersWithoutOverlap() {
    assertEquals(List.of("$KV.b.a.>", "$KV.b.b.>"), of(OURS, true, "a.", "b."));
    assertEquals(List.of("$KV.b.a.>"), of(OURS, true, "a.x", "a.y"), "the same one twice");
    assertEquals(List.of("$KV.b.a.>"), of(OURS, true, "a.b.x", "a.y"), "one inside the other");
    assertEquals(List.of("$KV.b.>"), of(OURS, true, "a.", "x"));
  }

  @Test
  void anOldServerGetsTheOneThatCoversThem() {
    assertEquals(List.of("$KV.b.>"), of(OURS, false, "a.", "b."));
    assertEquals(List.of("$KV.b.a.>"), of(OURS, false, "a.b.", "a.bc."));
    assertEquals(List.of("$KV.b.a.b.>"), of(OURS, false, "a.b.c.", "a.b.d."));
  }

  @Test
  void whatNoKeyOfTheBucketCanStartWithSelectsNone() {
    assertEquals(List.of("$KV.b.="), of(FOREIGN, true, "ä."));
    assertEquals(List.of("$KV.b.a.>"), of(FOREIGN, true, "ä.", "a."));
  }

  private static List<String> of(Stream stream, boolean several, String... prefixes) {
    return ScopeFilters.of(
        stream,
        WatchScope.prefixes(Arrays.stream(prefixes).map(prefix -> utf8(prefix)).toList()),
        several);
  }
}
