package dev.kvist.simple;

import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The keys for which a repair may have lost the newest record, also where nothing else is left of
 * them. The log alone cannot name those: their names come from the ordered keys, and from what is
 * left of the damaged records.
 */
final class Suspects {
  private final Log log;
  private final OldIndex old;
  private final NewestRecords kept;
  private final Losses losses;
  private final Set<String> names = new TreeSet<>();
  private long unnamed;

  Suspects(Log log, OldIndex old, NewestRecords kept, Losses losses) {
    this.log = log;
    this.old = old;
    this.kept = kept;
    this.losses = losses;
  }

  void find(OldKeys keys) throws IOException {
    names.addAll(losses.suspects(kept));
    if (old.unnamed() > 0) {
      kept.forEach(record -> {
        if (!old.isCurrent(record.position()) && old.hasLost(record.bucket(), record.key())) {
          add(record.bucket(), record.key());
        }
      });
      old.forEachLost(this::addFromBytes);
    }
    boolean beyondIndex = losses.isBeyondIndex();
    if (beyondIndex || old.unnamed() > 0) {
      keys.forEach((bucket, key) -> {
        if (kept.counterOf(bucket, key) < 0 && (old.hasLost(bucket, key) || beyondIndex)) {
          add(bucket, key);
        }
      });
    }
    long more = losses.newKeysBeyondIndex(keys.coversTo());
    unnamed = more == Repair.UNKNOWN ? more : more + old.unnamed();
  }

  /** The damage may be in another part of a record than its key; the hash tells. */
  private void addFromBytes(long position) {
    @Nullable Segment segment = log.inSlot(Segment.slot(position));
    long offset = Segment.offset(position);
    if (segment == null || offset + RecordLayout.HEADER_BYTES > segment.capacity()) {
      return;
    }
    MemorySegment memory = segment.memory();
    long lengths = RecordLayout.lengths(memory, offset);
    long start = offset + RecordLayout.keyStart(lengths);
    int length = RecordLayout.keyLength(lengths);
    if (start + length > segment.capacity()) {
      return;
    }
    byte[] key = new byte[length];
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, start, key, 0, length);
    int bucket = RecordLayout.bucket(memory, offset);
    if (old.hasLost(bucket, key, position)) {
      add(bucket, key);
    }
  }

  private void add(int bucket, byte[] key) {
    names.add(Losses.text(kept.names(), bucket, key));
  }

  /** In text form with their bucket, in order. */
  List<String> names() {
    return List.copyOf(names);
  }

  /** At most how many more there are; {@link Repair#UNKNOWN} when that cannot be told. */
  long unnamed() {
    return unnamed;
  }
}
