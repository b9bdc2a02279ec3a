package dev.kvist.nats;

import dev.kvist.Capability;
import dev.kvist.KvException;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import dev.kvist.nats.Reads.Found;
import dev.kvist.nats.StoredMessage.Meaning;
import io.nats.client.NUID;
import io.nats.client.impl.Headers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Applies batches to one bucket, as messages that a server stores together or not at all.
 *
 * <p>A message carries the condition of its own key. A check that writes nothing rides on a marker
 * of the subject that is no key's, since a message may carry the condition of another subject;
 * checks come first, so that the last message, which commits, is a change. For many threads.
 */
final class AtomicBatch {
  /** What servers take by default. */
  static final int MAX_OPS = 1000;

  private static final byte[] NOTHING = {};

  private final Bucket bucket;
  private final Reads reads;
  private final Writes writes;
  private final Requests requests;

  AtomicBatch(Bucket bucket, Reads reads, Writes writes, Requests requests) {
    this.bucket = bucket;
    this.reads = reads;
    this.writes = writes;
    this.requests = requests;
  }

  /** A message to send, of the operation at an index of the batch. */
  record Outgoing(int index, String subject, Headers headers, Body body) {}

  /** Bytes; a record has no arrays. */
  static final class Body {
    final byte[] bytes;

    Body(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  /** The messages of a batch, those that check before those that change. */
  private static final class Plan {
    final List<Outgoing> checks = new ArrayList<>();
    final List<Outgoing> changes = new ArrayList<>();

    List<Outgoing> all() {
      List<Outgoing> all = new ArrayList<>(checks);
      all.addAll(changes);
      return all;
    }
  }

  List<@Nullable Version> apply(WriteBatch batch) {
    if (batch.size() == 0) {
      return List.of();
    }
    Deadline deadline = writes.deadline();
    boolean changes = batch.ops().stream().anyMatch(AtomicBatch::mayChange);
    learnStream(batch, deadline);
    try {
      for (boolean isRetry = false; ; isRetry = true) {
        boolean readsAll = isRetry;
        @Nullable List<@Nullable Version> versions =
            writes.with(changes, deadline, stream -> attempt(stream, batch, readsAll, deadline));
        if (versions != null && !versions.isEmpty()) {
          return versions;
        }
        if (versions == null) {
          return ofMissingBucket(batch);
        }
        if (deadline.isOver()) {
          throw new KvException.Timeout(
              KvException.Effect.NONE, "a batch to bucket " + bucket.name(), deadline.whole());
        }
      }
    } catch (ApiError e) {
      throw writes.refused(e, largestValue(batch));
    }
  }

  private void learnStream(WriteBatch batch, Deadline deadline) {
    for (WriteBatch.Op op : batch.ops()) {
      @Nullable Version expected = op.options().expected();
      if (expected != null && writes.learnsStreamOf(expected, deadline)) {
        return;
      }
    }
  }

  private static byte[] largestValue(WriteBatch batch) {
    byte[] largest = NOTHING;
    for (WriteBatch.Op op : batch.ops()) {
      largest = op.value().length > largest.length ? op.value() : largest;
    }
    return largest;
  }

  private static boolean mayChange(WriteBatch.Op op) {
    return op.kind() == WriteBatch.Kind.PUT && op.options().expected() == null;
  }

  /** Whatever it expects to be live is not. */
  private List<@Nullable Version> ofMissingBucket(WriteBatch batch) {
    for (WriteBatch.Op op : batch.ops()) {
      @Nullable Version expected = op.options().expected();
      if (expected != null) {
        throw new KvException.VersionMismatch(bucket.name(), op.key(), expected, null);
      }
    }
    return noVersions(batch);
  }

  private static List<@Nullable Version> noVersions(WriteBatch batch) {
    return new ArrayList<>(Arrays.asList(new Version[batch.size()]));
  }

  /** One attempt; empty when a key changed between its read and the commit. */
  private List<@Nullable Version> attempt(
      Stream stream, WriteBatch batch, boolean readsAll, Deadline deadline)
      throws ApiError, NoResponders {
    List<@Nullable Found> found = read(batch, readsAll, deadline);
    Plan plan = plan(stream, batch, found, readsAll);
    if (plan.changes.isEmpty()) {
      return isUnchanged(found, read(batch, readsAll, deadline)) ? noVersions(batch) : List.of();
    }
    List<Outgoing> messages = plan.all();
    if (messages.size() > 1) {
      checkAtomic(stream, plan);
    }
    long last;
    try {
      last = send(messages, deadline);
    } catch (ApiError e) {
      if (!e.isConflict()) {
        throw e;
      }
      Writes.giveWay(e, deadline);
      return List.of();
    }
    return versions(stream, batch, messages, plan.changes.size(), last);
  }

  private void checkAtomic(Stream stream, Plan plan) {
    if (!stream.allowsAtomic()) {
      throw new KvException.Unsupported(
          Capability.BATCH,
          "bucket " + bucket.name(),
          "its stream does not have allow_atomic, which needs nats-server 2.12");
    }
    if (!plan.checks.isEmpty() && stream.codec() == KeyCodec.LITERAL) {
      throw new KvException.Unsupported(
          "bucket "
              + bucket.name()
              + " was made by another NATS client: a batch there cannot check a key without writing it");
    }
  }

  /** The last messages of the keys whose state decides what is sent; null for the others. */
  private List<@Nullable Found> read(WriteBatch batch, boolean readsAll, Deadline deadline) {
    List<byte[]> keys = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      if (isRead(batch.ops().get(i), readsAll)) {
        places.add(i);
        keys.add(batch.ops().get(i).key());
      }
    }
    List<@Nullable Found> found = new ArrayList<>(Arrays.asList(new Found[batch.size()]));
    List<@Nullable Found> read = reads.lastOfAll(keys, deadline);
    for (int i = 0; i < places.size(); i++) {
      found.set(places.get(i), read.get(i));
    }
    return found;
  }

  private static boolean isRead(WriteBatch.Op op, boolean readsAll) {
    boolean isConditional = op.options().expected() != null;
    return switch (op.kind()) {
      case PUT -> op.options().absent() || (isConditional && readsAll);
      case DELETE -> !isConditional || readsAll;
      case REQUIRE -> true;
      case PURGE -> false;
    };
  }

  private static boolean isUnchanged(List<@Nullable Found> before, List<@Nullable Found> after) {
    for (int i = 0; i < before.size(); i++) {
      if (sequence(before.get(i)) != sequence(after.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static long sequence(@Nullable Found found) {
    return found == null ? 0 : found.message().sequence;
  }

  private Plan plan(
      Stream stream, WriteBatch batch, List<@Nullable Found> found, boolean readsAll) {
    Plan plan = new Plan();
    for (int i = 0; i < batch.size(); i++) {
      WriteBatch.Op op = batch.ops().get(i);
      @Nullable Found last = found.get(i);
      @Nullable Version expected = op.options().expected();
      if (expected != null) {
        checkExpected(stream, op, expected, last, readsAll);
      }
      switch (op.kind()) {
        case PUT -> plan.changes.add(put(stream, i, op, last));
        case PURGE ->
            plan.changes.add(
                change(stream, i, op, MessageHeaders.ofMarker(stream, Meaning.PURGED), -1));
        case DELETE -> {
          if (expected == null && (last == null || !last.message().isLive())) {
            plan.checks.add(check(stream, i, op, sequence(last)));
          } else {
            long sequence = expected == null ? sequence(last) : expected.low();
            plan.changes.add(
                change(stream, i, op, MessageHeaders.ofMarker(stream, Meaning.DELETED), sequence));
          }
        }
        case REQUIRE -> {
          if (expected == null) {
            writes.sequenceOfNoValue(op.key(), last);
          }
          plan.checks.add(check(stream, i, op, sequence(last)));
        }
      }
    }
    return plan;
  }

  private void checkExpected(
      Stream stream, WriteBatch.Op op, Version expected, @Nullable Found last, boolean readsAll) {
    writes.checkIsValue(stream, op.key(), expected);
    boolean isKnown = readsAll || op.kind() == WriteBatch.Kind.REQUIRE;
    if (isKnown && sequence(last) != expected.low()) {
      throw writes.mismatch(op.key(), expected, last);
    }
  }

  private Outgoing put(Stream stream, int index, WriteBatch.Op op, @Nullable Found last) {
    @Nullable Headers headers = MessageHeaders.of(stream, op.options());
    @Nullable Version expected = op.options().expected();
    long condition = -1;
    if (expected != null) {
      condition = expected.low();
    } else if (op.options().absent()) {
      condition = writes.sequenceOfNoValue(op.key(), last);
    }
    return change(stream, index, op, headers == null ? new Headers() : headers, condition);
  }

  private static Outgoing change(
      Stream stream, int index, WriteBatch.Op op, Headers headers, long condition) {
    if (condition >= 0) {
      headers.add(StoredMessage.EXPECTED_SEQUENCE, Long.toString(condition));
    }
    return new Outgoing(index, stream.subject(op.key()), headers, new Body(op.value()));
  }

  /** Carries the condition of a key that is not written. */
  private static Outgoing check(Stream stream, int index, WriteBatch.Op op, long condition) {
    Headers headers = MessageHeaders.ofMarker(stream, Meaning.DELETED);
    headers.add(StoredMessage.EXPECTED_SEQUENCE, Long.toString(condition));
    headers.add(StoredMessage.EXPECTED_SUBJECT, stream.subject(op.key()));
    return new Outgoing(
        index, stream.subjectPrefix() + KeyCodec.NO_KEY, headers, new Body(NOTHING));
  }

  private long send(List<Outgoing> messages, Deadline deadline) throws ApiError, NoResponders {
    String what = "a batch to bucket " + bucket.name();
    try {
      return Acknowledged.of(requests.askTogether(messages, deadline, what).getData()).sequence();
    } catch (ApiError e) {
      if (e.code() == ApiError.INCOMPLETE_BATCH) {
        // It would be so again, if that is why.
        messages.forEach(message -> requests.checkPermitted(message.subject()));
      }
      throw e;
    }
  }

  /** Says of messages that they belong together; with a new name each time they are sent. */
  static void number(List<Outgoing> messages) {
    if (messages.size() == 1) {
      return;
    }
    String id = NUID.nextGlobal();
    for (int i = 0; i < messages.size(); i++) {
      Headers headers = messages.get(i).headers();
      headers.put(StoredMessage.BATCH_ID, id);
      headers.put(StoredMessage.BATCH_SEQUENCE, Integer.toString(i + 1));
    }
    messages.getLast().headers().put(StoredMessage.BATCH_COMMIT, "1");
  }

  private static List<@Nullable Version> versions(
      Stream stream, WriteBatch batch, List<Outgoing> messages, int changes, long last) {
    List<@Nullable Version> versions = noVersions(batch);
    long first = last - (messages.size() - 1);
    for (int i = messages.size() - changes; i < messages.size(); i++) {
      int index = messages.get(i).index();
      boolean isMarker = batch.ops().get(index).kind() != WriteBatch.Kind.PUT;
      versions.set(index, Versions.of(stream, first + i, isMarker));
    }
    return versions;
  }
}
