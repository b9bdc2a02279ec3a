package dev.kvist.tck;

import dev.kvist.Capability;
import dev.kvist.KeyRange;
import dev.kvist.KvEntry;
import dev.kvist.KvScan;
import dev.kvist.ScanPosition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A scan of a reference store, in pages of 16. */
final class ReferenceScan<T> implements KvScan<T> {
  private static final int PAGE = 16;

  private final ReferenceConnection connection;
  private final String bucket;
  private final KeyRange range;
  private final Function<KvEntry, T> element;
  private final Deque<KvEntry> page = new ArrayDeque<>();
  private @Nullable Bytes fetched;
  private @Nullable ScanPosition position;
  private long left;
  private int handedOut;
  private boolean begun;

  ReferenceScan(
      ReferenceConnection connection, String bucket, KeyRange range, Function<KvEntry, T> element) {
    this.connection = connection;
    this.bucket = bucket;
    this.range = range;
    this.element = element;
    connection.need(Capability.SCAN);
    if (range.isReversed() || range.from() != null || range.to() != null) {
      connection.need(Capability.ORDERED_SCAN);
    }
    ScanPosition after = range.after();
    this.fetched = after == null ? null : Bytes.of(after.bytes());
    this.left =
        range.limit()
            + (connection.defect == Defect.LIMIT_PAST_RANGE && range.limit() > 30 ? 1 : 0);
  }

  @Override
  public Iterator<T> iterator() {
    if (begun) {
      throw new IllegalStateException("a scan is for one pass");
    }
    begun = true;
    return new Iterator<T>() {
      @Override
      public boolean hasNext() {
        return more();
      }

      @Override
      public T next() {
        return take();
      }
    };
  }

  private boolean more() {
    connection.checkOpen();
    if (page.isEmpty() && left > 0) {
      page.addAll(connection.locked(this::fetch));
      if (!page.isEmpty()) {
        fetched = Bytes.of(page.getLast().key());
      }
    }
    return !page.isEmpty();
  }

  private List<KvEntry> fetch() {
    var found = new ArrayList<KvEntry>();
    TreeMap<Bytes, KvEntry> keys = connection.data.buckets.getOrDefault(bucket, new TreeMap<>());
    byte[] from = range.from();
    byte[] to = range.to();
    var ordered = new ArrayList<>((range.isReversed() ? keys.descendingMap() : keys).values());
    if (connection.defect == Defect.SIGNED_ORDER) {
      ordered.sort((a, b) -> Arrays.compare(a.key(), b.key()));
    }
    int skip =
        connection.defect == Defect.POSITION_BY_INDEX && fetched != null ? index(fetched) : 0;
    for (KvEntry entry : ordered) {
      Bytes key = Bytes.of(entry.key());
      boolean behind =
          connection.defect == Defect.POSITION_BY_INDEX
              || fetched == null
              || (range.isReversed() ? key.compareTo(fetched) < 0 : key.compareTo(fetched) > 0)
              || connection.defect == Defect.SIGNED_ORDER;
      if (behind
          && key.startsWith(range.prefix())
          && (from == null || key.compareTo(Bytes.of(from)) >= 0)
          && (to == null || key.compareTo(Bytes.of(to)) < 0)
          && (connection.live(entry)
              || (connection.defect == Defect.EXPIRED_IN_SCAN && entry.live()))
          && skip-- <= 0) {
        found.add(entry);
        if (found.size() == Math.min(PAGE, left)) {
          break;
        }
      }
    }
    return found;
  }

  private static int index(Bytes position) {
    return position.array()[0];
  }

  private T take() {
    if (!more()) {
      throw new NoSuchElementException();
    }
    KvEntry entry = page.remove();
    left--;
    handedOut++;
    byte[] at =
        connection.defect == Defect.POSITION_BY_INDEX ? new byte[] {(byte) handedOut} : entry.key();
    position = ScanPosition.of(at);
    return element.apply(entry);
  }

  @Override
  public @Nullable ScanPosition position() {
    return position;
  }

  @Override
  public void close() {}
}
