package dev.kvist.nats;

import dev.kvist.KvException;
import io.nats.client.Connection;
import io.nats.client.api.ClusterInfo;
import io.nats.client.api.Replica;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.support.JsonValue;
import io.nats.client.support.JsonValueUtils;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the servers tell of all buckets and of the account, as figures of a connection. Each is -1
 * while no server answers, or where the user is not permitted to ask. For one thread.
 */
final class ServerFigures {
  /** A server waits longer for others of its cluster that are gone. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final long UNKNOWN = -1;
  private static final Pattern VERSION = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})\\.(\\d{1,6}).*");

  private static final List<String> OF_BUCKETS =
      List.of(
          "buckets",
          "buckets.leaderless",
          "buckets.fullest.percent",
          "entries.estimated",
          "messages",
          "messages.bytes",
          "consumers",
          "replicas.offline",
          "replicas.lag.versions");

  private static final List<String> OF_ACCOUNT =
      List.of(
          "account.files.bytes",
          "account.files.limit.bytes",
          "account.memory.bytes",
          "account.memory.limit.bytes");

  private final Map<String, Long> figures = new LinkedHashMap<>();

  /** Asks for them, for a moment. */
  static void putInto(Map<String, Long> stats, Session session) {
    var figures = new ServerFigures();
    @Nullable Connection connection = session.link().connected();
    figures.unknown(OF_BUCKETS);
    figures.unknown(OF_ACCOUNT);
    figures.set("server.version", UNKNOWN);
    if (connection != null) {
      figures.set("server.version", version(connection.getServerInfo().getVersion()));
      Deadline deadline = Deadline.in(PATIENCE);
      figures.ask(OF_ACCOUNT, () -> figures.account(session.api().account(deadline)));
      figures.ask(OF_BUCKETS, () -> session.api().eachStream(deadline, figures::bucket));
    }
    stats.putAll(figures.figures);
  }

  /** A figure of a bucket or several; 0 before the first. */
  long figure(String name) {
    return figures.getOrDefault(name, 0L);
  }

  /** A question to the servers. */
  @FunctionalInterface
  private interface Question {
    void ask() throws ApiError;
  }

  private void ask(List<String> names, Question question) {
    names.forEach(name -> set(name, 0));
    try {
      question.ask();
    } catch (ApiError
        | KvException.NotConnected
        | KvException.NotPermitted
        | KvException.Timeout
        | KvException.IoFailed e) {
      unknown(names);
    }
  }

  private void unknown(List<String> names) {
    names.forEach(name -> set(name, UNKNOWN));
  }

  private void set(String name, long value) {
    figures.put(name, value);
  }

  private void add(String name, long value) {
    figures.merge(name, value, Long::sum);
  }

  private void atLeast(String name, long value) {
    figures.merge(name, value, Long::max);
  }

  /** Major, minor and patch in one number: 2015001 for 2.15.1; -1 when it is no such version. */
  static long version(String text) {
    Matcher parts = VERSION.matcher(text);
    return parts.matches()
        ? (Long.parseLong(parts.group(1)) * 1000 + Long.parseLong(parts.group(2))) * 1000
            + Long.parseLong(parts.group(3))
        : UNKNOWN;
  }

  private void account(JsonValue account) {
    set("account.files.bytes", JsonValueUtils.readLong(account, "storage", 0));
    set("account.memory.bytes", JsonValueUtils.readLong(account, "memory", 0));
    @Nullable JsonValue limits = JsonValueUtils.readValue(account, "limits");
    if (limits != null) {
      // Servers say -1 for none.
      set("account.files.limit.bytes", limit(limits, "max_storage"));
      set("account.memory.limit.bytes", limit(limits, "max_memory"));
    }
  }

  private static long limit(JsonValue limits, String name) {
    return Math.max(0, JsonValueUtils.readLong(limits, name, 0));
  }

  /** Adds one. */
  void bucket(StreamInfo info) {
    StreamConfiguration config = info.getConfiguration();
    if (!config.getName().startsWith(Stream.name(""))) {
      return;
    }
    add("buckets", 1);
    add("entries.estimated", info.getStreamState().getSubjectCount());
    add("messages", info.getStreamState().getMsgCount());
    add("messages.bytes", info.getStreamState().getByteCount());
    add("consumers", info.getStreamState().getConsumerCount());
    if (config.getMaxBytes() > 0) {
      long percent = 100 * info.getStreamState().getByteCount() / config.getMaxBytes();
      atLeast("buckets.fullest.percent", percent);
    }
    @Nullable ClusterInfo cluster = info.getClusterInfo();
    if (cluster != null) {
      replicas(cluster);
    }
  }

  private void replicas(ClusterInfo cluster) {
    @Nullable String leader = cluster.getLeader();
    add("buckets.leaderless", leader == null || leader.isEmpty() ? 1 : 0);
    @Nullable List<Replica> others = cluster.getReplicas();
    if (others != null) {
      for (Replica other : others) {
        add("replicas.offline", other.isOffline() ? 1 : 0);
        atLeast("replicas.lag.versions", other.getLag());
      }
    }
  }
}
