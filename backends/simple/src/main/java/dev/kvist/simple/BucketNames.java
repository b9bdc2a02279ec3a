package dev.kvist.simple;

import dev.kvist.Kvist;
import java.util.HashMap;
import java.util.Map;

/** The names of buckets by their ids, as far as the records of a log tell them. */
final class BucketNames {
  private final Map<Integer, String> names = new HashMap<>();

  void add(RecordCursor record) {
    if (isDefinition(record)) {
      String name = Kvist.utf8(record.key());
      names.put(Bucket.read(name, record.storedValue()).id, name);
    }
  }

  static boolean isDefinition(RecordCursor record) {
    return record.bucket() == Bucket.DIRECTORY
        && record.type() == RecordLayout.PUT
        && record.valueLength() >= Bucket.DEFINITION_BYTES;
  }

  /** Its name; one made of the number where none is known. */
  String of(int bucket) {
    return names.getOrDefault(bucket, "recovered-" + bucket);
  }

  boolean has(int bucket) {
    return names.containsKey(bucket);
  }
}
