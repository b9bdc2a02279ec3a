package dev.kvist.spi;

import dev.kvist.KvEntry;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The state that a watch delivers first: the entries of its scope, prefix by prefix, that are not
 * newer than a counter. For one thread.
 */
public final class StateScan implements Iterator<KvEntry> {
  private static final List<byte[]> EVERYTHING = List.of(new byte[0]);

  private final Iterator<byte[]> prefixes;
  private final Function<byte[], Iterator<KvEntry>> scans;
  private final long upTo;
  private Iterator<KvEntry> scan = List.<KvEntry>of().iterator();
  private @Nullable KvEntry next;

  /**
   * A state.
   *
   * @param prefixes of the keys in scope; none for all
   * @param upTo the counter, which is the {@linkplain dev.kvist.Version#low second word} of
   *     versions
   * @param scans makes the scan of a prefix
   */
  public StateScan(List<byte[]> prefixes, long upTo, Function<byte[], Iterator<KvEntry>> scans) {
    this.prefixes = (prefixes.isEmpty() ? EVERYTHING : prefixes).iterator();
    this.upTo = upTo;
    this.scans = scans;
  }

  @Override
  public boolean hasNext() {
    while (next == null) {
      if (scan.hasNext()) {
        KvEntry entry = scan.next();
        next = entry.version().low() <= upTo ? entry : null;
      } else if (prefixes.hasNext()) {
        scan = scans.apply(prefixes.next());
      } else {
        return false;
      }
    }
    return true;
  }

  @Override
  public KvEntry next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the state is complete");
    }
    KvEntry entry = Objects.requireNonNull(next);
    next = null;
    return entry;
  }
}
