package dev.kvist.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.WatchCursor;
import dev.kvist.tck.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** {@code keys scan watch buckets drop stats verify repair compact backup log}. */
final class BucketCommandsTest {
  private static final Pattern MEMBER = Pattern.compile("\"(\\w+)\":");
  private static final Pattern OP = Pattern.compile("\"op\":\"(\\w+)\"");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern CURSOR = Pattern.compile("\"cursor\":\"([^\"]+)\"");

  @TempDir private Path directory;
  private Shell shell = new Shell(Path.of(""), "");

  @BeforeEach
  void fill(TestInfo test) {
    shell = new Shell(directory, "fake:" + test.getDisplayName() + directory.getFileName());
    for (String key : List.of("a", "b/1", "b/2", "c\\xFF")) {
      shell.run("put", "demo", key, "value of " + key);
    }
  }

  private String printed(String... args) {
    assertEquals(0, shell.run(args), shell.err());
    return shell.out();
  }

  @Test
  void keysAreListedAsTheyCanBeTyped() {
    assertEquals("a\nb/1\nb/2\nc\\xFF\n", printed("keys", "demo"));
    assertEquals("b/1\nb/2\n", printed("keys", "demo", "b/"));
    assertEquals("b/2\nb/1\n", printed("keys", "demo", "b/", "--reverse"));
    assertEquals("b/1\nb/2\n", printed("keys", "demo", "--from", "b", "--to", "c"));
    assertEquals("", printed("keys", "demo", "nothing"));
    assertEquals(1, shell.run("keys", "nothing"));
  }

  @Test
  void aListGoesOnWhereTheLimitCutIt() {
    assertEquals("a\nb/1\n", printed("keys", "demo", "--limit", "2"));
    Matcher position = Pattern.compile("--after (\\S+)").matcher(shell.err());
    assertTrue(position.find(), shell.err());
    assertEquals(
        "b/2\nc\\xFF\n", printed("keys", "demo", "--limit", "5", "--after", position.group(1)));
    assertEquals("", shell.err());
  }

  @Test
  void scanPrintsJsonLines() {
    shell.run("put", "demo", "d", "\\xFF", "--ttl", "1h");
    String out = printed("scan", "demo");
    assertEquals(5, out.lines().count());
    assertTrue(
        out.startsWith("{\"op\":\"put\",\"key\":\"a\",\"value\":\"value of a\",\"version\":\""),
        out);
    assertTrue(out.contains("{\"op\":\"put\",\"key64\":\"Y/8=\","), out);
    assertTrue(out.contains("\"value64\":\"/w==\""), out);
    assertTrue(out.contains("\"expires\":\"20"), out);
    assertEquals(
        Set.of("op", "key", "key64", "value", "value64", "version", "expires"), members(out));
  }

  @Test
  void scanHasOtherFormats() {
    assertEquals(
        "b/1\tvalue of b/1\n", printed("scan", "demo", "b/", "--limit", "1", "--format", "tsv"));
    assertEquals(
        "b/1,value of b/1\r\n", printed("scan", "demo", "b/", "--limit", "1", "--format", "csv"));
  }

  @Test
  void aWatchStartsWithTheState() {
    String state = printed("watch", "demo", "--limit", "4");
    assertEquals(4, state.lines().count());
    assertEquals(
        Set.of("op", "key", "key64", "value", "value64", "version"), withValue64(members(state)));
    assertEquals(2, printed("watch", "demo", "b/1", "a", "--limit", "2").lines().count());
  }

  /** The line that says caught_up does not count. */
  @Test
  void theLimitOfAWatchCountsChangesOnly() {
    String live = "fake:live" + directory.getFileName();
    var watching = new Shell(directory, live);
    assertEquals(0, watching.run("put", "demo", "a", "1"), watching.err());
    Future<Integer> code =
        Waiting.start(
            Thread.ofPlatform().daemon(), () -> watching.run("watch", "demo", "--limit", "2"));
    Waiting.until(PATIENCE, "caught_up", () -> watching.out().contains("caught_up"));
    var writing = new Shell(directory, live);
    assertEquals(0, writing.run("put", "demo", "b", "2"), writing.err());
    assertEquals(0, Waiting.result(PATIENCE, code).intValue(), watching.err());
    assertEquals(
        List.of("put", "caught_up", "put"),
        OP.matcher(watching.out()).results().map((MatchResult op) -> op.group(1)).toList());
    assertTrue(watching.out().lines().toList().getLast().contains("\"key\":\"b\""));
  }

  private static Set<String> withValue64(Set<String> members) {
    members.add("value64");
    return members;
  }

  @Test
  void aWatchResumesBehindACursor() {
    shell.run("watch", "demo");
    Matcher cursor = CURSOR.matcher(shell.out());
    assertTrue(cursor.find(), shell.out());
    shell.run("put", "demo", "b/3", "1");
    shell.run("delete", "demo", "b/3");
    shell.run("purge", "demo", "a");
    String out = printed("watch", "demo", "--from", cursor.group(1), "--limit", "3");
    List<String> lines = out.lines().toList();
    assertTrue(
        lines
            .get(0)
            .matches(
                "\\{\"op\":\"put\",\"key\":\"b/3\",\"value\":\"1\",\"version\":\"[^\"]+\",\"cursor\":\"[^\"]+\"}"),
        out);
    assertTrue(
        lines
            .get(1)
            .matches(
                "\\{\"op\":\"delete\",\"key\":\"b/3\",\"version\":\"[^\"]+\",\"cursor\":\"[^\"]+\",\"expired\":false}"),
        out);
    assertTrue(
        lines
            .get(2)
            .matches(
                "\\{\"op\":\"purge\",\"key\":\"a\",\"version\":\"[^\"]+\",\"cursor\":\"[^\"]+\"}"),
        out);
    assertEquals(2, shell.run("watch", "demo", "--from", WatchCursor.of(0, 1_000_000).toString()));
    assertTrue(shell.err().contains("expired"), shell.err());
  }

  private static Set<String> members(String json) {
    var members = new TreeSet<String>();
    Matcher member = MEMBER.matcher(json);
    while (member.find()) {
      members.add(member.group(1));
    }
    return members;
  }

  @Test
  void bucketsAreListedAndDropped() {
    shell.run("put", "other", "a", "1");
    assertEquals("demo\nother\n", printed("buckets"));
    assertEquals(2, shell.run("drop", "demo"));
    assertTrue(shell.err().contains("demo with 4 keys; add --yes"), shell.err());
    assertEquals("demo\nother\n", printed("buckets"));
    assertEquals("", printed("drop", "demo", "--yes"));
    assertEquals("other\n", printed("buckets"));
    assertEquals(1, shell.run("drop", "demo", "--yes"));
    assertEquals(1, shell.run("drop", "demo"));
    assertEquals(2, shell.run("drop", "no/bucket", "--yes"));
  }

  @Test
  void statsAreATableOrJson() {
    assertEquals("log.bytes  1048576\nputs             4\n", printed("stats"));
    assertEquals("{\"log.bytes\":1048576,\"puts\":4}\n", printed("stats", "--json"));
  }

  @Test
  void topShowsHashesUnlessAskedForKeys() {
    shell.run("put", "demo", "b/large", "x".repeat(2_000));
    assertEquals("2,007  demo  0efcb3c1\n", printed("stats", "--top", "1"));
    assertTrue(shell.err().contains("from all 5 entries; --show-keys"), shell.err());
    assertEquals(
        "2,007  demo  b/large\n   15  demo  b/1\n",
        printed("stats", "--top", "2", "--by", "size", "--show-keys"));
    assertEquals(
        "3  demo  b/\n2  demo  \n", printed("stats", "--top", "9", "--by=count", "--show-keys"));
    assertEquals(
        "{\"by\":\"count\",\"sampled\":5,\"entries\":5,\"top\":[{\"bucket\":\"demo\",\"prefix_hash\":\"02b69fd7\",\"keys\":3}]}\n",
        printed("stats", "--top", "1", "--by", "count", "--json"));
    String json = printed("stats", "--top", "9", "--json", "--show-keys");
    assertTrue(json.contains("\"key\":\"b/large\",\"bytes\":2007}"), json);
    assertTrue(json.contains("\"key64\":\"Y/8=\""), json);
    assertEquals(2, shell.run("stats", "--by", "size"));
    assertEquals(2, shell.run("stats", "--top", "0"));
    assertEquals(2, shell.run("stats", "--top", "3", "--by", "age"));
  }

  @Test
  void careOfTheData() {
    assertEquals("", printed("verify"));
    assertTrue(shell.err().contains("3 records in 2.0 KiB checked"), shell.err());
    var single = new Shell(directory, "fake:single");
    assertEquals(0, single.run("verify"));
    assertTrue(single.err().contains("1 record in 1 byte checked"), single.err());
    printed("compact");
    assertTrue(shell.err().contains("compacted in"), shell.err());
    printed("repair");
    assertTrue(shell.err().contains("no key is suspect"), shell.err());
    printed("backup", "copy-1");
    assertEquals(2, new Shell(directory, "fake:plain").run("backup", directory.toString()));
  }

  @Test
  void keysThatNobodyCanNameAreCounted() {
    var faded = new Shell(directory, "fake:faded-2");
    assertEquals(0, faded.run("repair"));
    assertTrue(
        faded.err().contains("; up to 2 keys may be lost that are not known by name"), faded.err());
    assertFalse(faded.err().contains("no key is suspect"), faded.err());
    var unknown = new Shell(directory, "fake:faded--1");
    assertEquals(0, unknown.run("repair"));
    assertTrue(
        unknown.err().contains("; an unknown number of keys may be lost that are not known"),
        unknown.err());
  }

  @Test
  void damageIsListed() {
    var broken = new Shell(directory, "fake:broken");
    assertEquals(2, broken.run("verify"));
    assertEquals("wal/1.log at 192: checksum\n", broken.out());
    assertTrue(broken.err().contains("./kvist repair"), broken.err());
    assertEquals(0, broken.run("repair"));
    assertEquals("demo/a\\x00\n", broken.out());
    assertTrue(broken.err().contains("a copy of which is in broken/dropped-1"), broken.err());
  }

  @Test
  void theLogIsPrinted() {
    String log = printed("log", "fake:any");
    assertEquals(3, log.lines().count());
    assertTrue(log.startsWith("wal/1.log:64\t"), log);
    assertTrue(log.contains("\t-\tput\tdemo\ta\t5\tok\n"), log);
    assertTrue(log.contains("\t1970-01-01T00:00:01Z\tdelete\tdemo\ta\t0\tok\n"), log);
    assertTrue(log.endsWith("\tdamaged\t-\t\t0\tdamaged\n"), log);
    assertTrue(shell.err().contains("1 damaged"), shell.err());
    String cursor = log.split("\t", -1)[1];
    assertEquals(1, printed("log", "fake:any", "--from", cursor).lines().count());
    assertEquals(2, printed("log", "fake:any", "--limit", "2").lines().count());
  }
}
