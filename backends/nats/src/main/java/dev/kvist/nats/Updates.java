package dev.kvist.nats;

import dev.kvist.KvUpdate;
import dev.kvist.WatchCursor;
import org.jspecify.annotations.Nullable;

/** What messages are to those who watch. Pure; any thread. */
final class Updates {
  private Updates() {}

  /** The update that a message of a key is, with the cursor behind it. */
  static KvUpdate of(
      Stream stream, byte[] key, StoredMessage stored, @Nullable WatchCursor behind) {
    return switch (stored.meaning) {
      case VALUE -> new KvUpdate.Put(stored.entry(stream, key), behind);
      case PURGED ->
          new KvUpdate.Purge(
              key, Versions.of(stream, stored.sequence, true), stored.writtenMillis, behind);
      case DELETED, EXPIRED ->
          new KvUpdate.Delete(
              key,
              Versions.of(stream, stored.sequence, true),
              stored.writtenMillis,
              stored.meaning == StoredMessage.Meaning.EXPIRED,
              behind);
    };
  }
}
