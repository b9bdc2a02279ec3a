package dev.kvist.nats;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.nats.Requests.Kind;
import io.nats.client.Message;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerCreateRequest;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.support.JsonParseException;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import io.nats.client.support.JsonValueUtils;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The requests of JetStream's API that Kvist uses. Each may be asked twice without harm, so that
 * all are asked again while there is no leader, or when an answer was lost. For many threads.
 */
final class Api {
  private static final String API = "$JS.API.";
  private static final byte[] NOTHING = {};
  private static final int NOTHING_FOUND = 404;

  private final Requests requests;

  Api(Requests requests) {
    this.requests = requests;
  }

  /** Asks; the answer may say that it was refused. */
  private Message ask(String request, byte[] body, Deadline deadline) {
    while (true) {
      try {
        return requests.ask(API + request, null, body, deadline, Kind.READ, what(request));
      } catch (NoResponders e) {
        pause(deadline, "JetStream is switched off or has no leader", e);
      }
    }
  }

  private static String what(String request) {
    int dot = request.indexOf('.', request.indexOf('.') + 1);
    return "the JetStream request " + (dot < 0 ? request : request.substring(0, dot));
  }

  private static void pause(Deadline deadline, String why, Exception cause) {
    if (!deadline.pause()) {
      if (Thread.currentThread().isInterrupted()) {
        throw new KvException.Timeout(Effect.NONE, "waiting for JetStream", null);
      }
      throw new KvException.NotConnected(Effect.NONE, why + "; try again later", cause);
    }
  }

  /** Asks for something whose answer is no message. */
  private JsonValue call(String request, String body, Deadline deadline) throws ApiError {
    while (true) {
      Message answer = ask(request, body.getBytes(StandardCharsets.UTF_8), deadline);
      JsonValue json = parse(answer.getData());
      @Nullable JsonValue error = JsonValueUtils.readValue(json, "error");
      if (error == null) {
        return json;
      }
      ApiError refused =
          new ApiError(
              JsonValueUtils.readInteger(error, "code", 0),
              JsonValueUtils.readInteger(error, "err_code", 0),
              String.valueOf(JsonValueUtils.readString(error, "description")));
      if (!refused.isTransient()) {
        throw refused;
      }
      pause(deadline, refused.toString(), refused);
    }
  }

  private static JsonValue parse(byte[] json) {
    try {
      return JsonParser.parse(json);
    } catch (JsonParseException e) {
      throw new IllegalStateException("a NATS server sent malformed JSON", e);
    }
  }

  /** What is known of this account; it is refused when JetStream is off for it. */
  JsonValue account(Deadline deadline) throws ApiError {
    return call("INFO", "", deadline);
  }

  /** What is known of the stream of a bucket; null when it is missing. */
  @Nullable StreamInfo stream(String bucket, Deadline deadline) {
    try {
      return new StreamInfo(call("STREAM.INFO." + Stream.name(bucket), "", deadline));
    } catch (ApiError e) {
      if (e.code() == ApiError.STREAM_MISSING) {
        return null;
      }
      throw Failures.of(e, bucket);
    }
  }

  /** Makes a stream. */
  StreamInfo create(StreamConfiguration config, Deadline deadline) throws ApiError {
    return new StreamInfo(call("STREAM.CREATE." + config.getName(), config.toJson(), deadline));
  }

  /** Changes a stream. */
  StreamInfo update(StreamConfiguration config, Deadline deadline) throws ApiError {
    return new StreamInfo(call("STREAM.UPDATE." + config.getName(), config.toJson(), deadline));
  }

  /** Deletes the stream of a bucket; false when it was missing. */
  boolean delete(String bucket, Deadline deadline) {
    try {
      call("STREAM.DELETE." + Stream.name(bucket), "", deadline);
      return true;
    } catch (ApiError e) {
      if (e.code() == ApiError.STREAM_MISSING) {
        return false;
      }
      throw Failures.of(e, bucket);
    }
  }

  /** The names of all streams that have subjects of buckets. */
  List<String> streamNames(Deadline deadline) {
    List<String> names = new ArrayList<>();
    pages(
        "STREAM.NAMES",
        deadline,
        page -> {
          List<String> more = JsonValueUtils.readStringList(page, "streams");
          names.addAll(more);
          return more.size();
        });
    return names;
  }

  /** What is known of all streams that have subjects of buckets. */
  void eachStream(Deadline deadline, Consumer<StreamInfo> consumer) {
    pages(
        "STREAM.LIST",
        deadline,
        page -> {
          List<JsonValue> more = JsonValueUtils.readArray(page, "streams");
          more.forEach(stream -> consumer.accept(new StreamInfo(stream)));
          return more.size();
        });
  }

  /** Asks for all pages; each is taken by something that says how much was on it. */
  private void pages(String request, Deadline deadline, ToIntFunction<JsonValue> taker) {
    int seen = 0;
    while (true) {
      String body = "{\"subject\":\"$KV.>\",\"offset\":" + seen + "}";
      try {
        JsonValue page = call(request, body, deadline);
        int more = taker.applyAsInt(page);
        seen += more;
        if (more == 0 || seen >= JsonValueUtils.readInteger(page, "total", 0)) {
          return;
        }
      } catch (ApiError e) {
        throw Failures.of(e, "*");
      }
    }
  }

  /**
   * The last message of a subject, as the leader knows it; null when there is none.
   *
   * @param subject of a key, or with wildcards
   */
  @Nullable StoredMessage last(Stream stream, String subject, Deadline deadline) throws ApiError {
    while (true) {
      Message answer = ask("STREAM.MSG.GET." + stream.name(), lastRequest(subject), deadline);
      try {
        return StoredMessage.answered(answer.getData());
      } catch (ApiError e) {
        if (e.code() == ApiError.NO_MESSAGE) {
          return null;
        }
        if (!e.isTransient()) {
          throw e;
        }
        pause(deadline, e.toString(), e);
      }
    }
  }

  static String lastSubject(Stream stream) {
    return API + "STREAM.MSG.GET." + stream.name();
  }

  static byte[] lastRequest(String subject) {
    return ("{\"last_by_subj\":\"" + subject + "\"}").getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The last message of a key, as some replica knows it; null when there is none.
   *
   * @throws NoResponders when the stream allows no such reads, or its replica cannot answer
   */
  @Nullable StoredMessage lastOfAnyReplica(Stream stream, String subject, Deadline deadline)
      throws NoResponders {
    Message answer =
        requests.ask(
            API + "DIRECT.GET." + stream.name() + "." + subject,
            null,
            NOTHING,
            deadline,
            Kind.READ,
            "a direct get");
    if (!answer.isStatusMessage()) {
      return StoredMessage.direct(answer);
    }
    if (answer.getStatus().getCode() != NOTHING_FOUND) {
      throw new NoResponders(stream.name() + ", which says " + answer.getStatus().getMessage());
    }
    return null;
  }

  /** Makes a consumer that goes away by itself. */
  ConsumerInfo createConsumer(
      Stream stream, String name, ConsumerConfiguration config, Deadline deadline) throws ApiError {
    String body =
        new ConsumerCreateRequest(stream.name(), config, ConsumerCreateRequest.Action.Create)
            .toJson();
    @Nullable String filter = config.getFilterSubject();
    String request =
        "CONSUMER.CREATE." + stream.name() + "." + name + (filter == null ? "" : "." + filter);
    return new ConsumerInfo(call(request, body, deadline));
  }

  /** How a consumer stands. */
  ConsumerInfo consumer(Stream stream, String name, Deadline deadline) throws ApiError {
    return new ConsumerInfo(call("CONSUMER.INFO." + stream.name() + "." + name, "", deadline));
  }

  /** The names of the consumers of a stream, the first thousand of them. */
  List<String> consumerNames(Stream stream, Deadline deadline) throws ApiError {
    JsonValue page = call("CONSUMER.NAMES." + stream.name(), "", deadline);
    return JsonValueUtils.readStringList(page, "consumers");
  }

  /** Where the messages of a consumer are asked for. */
  static String nextSubject(Stream stream, String consumer) {
    return API + "CONSUMER.MSG.NEXT." + stream.name() + "." + consumer;
  }

  /**
   * Whether a server refused what was published to a subject that is used for nothing else.
   *
   * @throws KvException.NotPermitted when it did
   */
  void checkPermitted(String subject) {
    requests.checkPermitted(subject);
  }

  /** Deletes a consumer without waiting for the answer. */
  void dropConsumer(Stream stream, String name) {
    io.nats.client.@Nullable Connection connection = requests.link().connected();
    if (connection != null) {
      try {
        connection.publish(API + "CONSUMER.DELETE." + stream.name() + "." + name, NOTHING);
      } catch (IllegalStateException e) {
        // The connection broke meanwhile; the consumer goes by itself.
      }
    }
  }
}
