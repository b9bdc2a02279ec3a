package dev.kvist.simple;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;

/** A key of a bucket; the bytes are kept as characters, whose order is the same. */
record SampleKey(int bucket, String text) implements Comparable<SampleKey> {
  private static final Comparator<SampleKey> ORDER =
      Comparator.comparing(SampleKey::bucket, Integer::compareUnsigned)
          .thenComparing(SampleKey::text);

  static SampleKey of(int bucket, byte[] bytes) {
    return new SampleKey(bucket, new String(bytes, StandardCharsets.ISO_8859_1));
  }

  byte[] bytes() {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public int compareTo(SampleKey other) {
    return ORDER.compare(this, other);
  }
}
