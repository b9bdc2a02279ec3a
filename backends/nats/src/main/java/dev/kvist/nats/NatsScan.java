package dev.kvist.nats;

import dev.kvist.KeyRange;
import dev.kvist.KvScan;
import dev.kvist.ScanPosition;
import dev.kvist.spi.OperationMeter;
import io.nats.client.Message;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A scan of keys or entries, in the order of the stream. A position is a place in the stream: what
 * was written behind it comes, which is every key that was not handed out yet.
 *
 * @param <T> what it hands out
 */
final class NatsScan<T> implements KvScan<T> {
  private static final int POSITION_BYTES = 2 * Long.BYTES;

  /** Makes an element of a live message. */
  interface Maker<T> {
    T make(Stream stream, byte[] key, StoredMessage message);
  }

  private record Element<T>(T value, long sequence) {}

  private final Session session;
  private final Bucket bucket;
  private final OperationMeter meter;
  private final byte[] prefix;
  private final Maker<T> maker;
  private final boolean keysOnly;
  private final @Nullable ScanPosition start;
  private final Queue<Element<T>> page = new ArrayDeque<>();
  private long left;
  private long lastSequence;
  private @Nullable Stream stream;
  private @Nullable ScanFeed feed;
  private @Nullable ScanPosition position;
  private boolean begun;
  private boolean ended;

  NatsScan(
      Session session,
      Bucket bucket,
      OperationMeter meter,
      KeyRange range,
      boolean keysOnly,
      Maker<T> maker) {
    this.session = session;
    this.bucket = bucket;
    this.meter = meter;
    this.prefix = range.prefix();
    this.left = range.limit();
    this.start = range.after();
    this.keysOnly = keysOnly;
    this.maker = maker;
    if (start != null && start.bytes().length != POSITION_BYTES) {
      throw new IllegalArgumentException("the scan position is of another kind of store");
    }
  }

  @Override
  public Iterator<T> iterator() {
    if (begun) {
      throw new IllegalStateException("a scan has one pass; ask for another one");
    }
    begun = true;
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return hasMore();
      }

      @Override
      public T next() {
        return take();
      }
    };
  }

  private boolean hasMore() {
    session.link().checkOpen();
    while (page.isEmpty() && !ended && left > 0) {
      OperationMeter.@Nullable Timing timing = meter.beginMany();
      try {
        fill(timing);
      } catch (ApiError e) {
        end();
        if (e.code() != ApiError.STREAM_MISSING) {
          throw Failures.of(e, bucket.name());
        }
        bucket.forget();
      }
    }
    if (page.isEmpty() || left == 0) {
      end();
      return false;
    }
    return true;
  }

  private void fill(OperationMeter.@Nullable Timing timing) throws ApiError {
    @Nullable ScanFeed its = feed == null ? open() : feed;
    @Nullable List<PageSource.Item> items = its == null ? null : its.next();
    @Nullable Stream from = stream;
    if (items == null || from == null) {
      ended = true;
      return;
    }
    int dead = 0;
    long bytes = 0;
    for (PageSource.Item item : items) {
      Message message = item.message();
      StoredMessage stored = StoredMessage.delivered(message, item.delivery());
      byte @Nullable [] key = stored.isLive() ? from.key(message.getSubject()) : null;
      if (key == null) {
        dead++;
      } else if (startsWith(key, prefix)) {
        bytes += key.length + stored.value.length;
        page.add(new Element<>(maker.make(from, key, stored), stored.sequence));
      }
    }
    session.traffic().scanned.add(items.size());
    meter.scanned(timing, dead, bytes);
  }

  private @Nullable ScanFeed open() {
    if (prefix.length > Limits.MAX_KEY_BYTES) {
      return null;
    }
    Stream found = bucket.stream(Deadline.in(session.settings().operationTimeout()));
    @Nullable String filter = found == null ? null : found.filter(prefix);
    if (found == null || filter == null) {
      return null;
    }
    stream = found;
    feed = new ScanFeed(session, found, filter, startSequence(found), left, keysOnly);
    return feed;
  }

  /** Of another stream than now a position says nothing: the scan begins anew. */
  private long startSequence(Stream now) {
    if (start == null) {
      return 0;
    }
    ByteBuffer bytes = ByteBuffer.wrap(start.bytes());
    return bytes.getLong() == now.identity() ? bytes.getLong() : 0;
  }

  private static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }

  private T take() {
    if (!hasMore()) {
      throw new NoSuchElementException("no more elements");
    }
    Element<T> element = page.remove();
    left--;
    position = null;
    lastSequence = element.sequence();
    return element.value();
  }

  @Override
  public @Nullable ScanPosition position() {
    @Nullable Stream from = stream;
    if (lastSequence == 0 || from == null) {
      return null;
    }
    if (position == null) {
      ByteBuffer bytes = ByteBuffer.allocate(POSITION_BYTES);
      position = ScanPosition.of(bytes.putLong(from.identity()).putLong(lastSequence).array());
    }
    return position;
  }

  private void end() {
    ended = true;
    page.clear();
    @Nullable ScanFeed its = feed;
    feed = null;
    if (its != null) {
      its.close();
    }
  }

  /** Frees what it holds at the server; closed with its connection, there is nothing left. */
  @Override
  public void close() {
    left = 0;
    end();
  }
}
