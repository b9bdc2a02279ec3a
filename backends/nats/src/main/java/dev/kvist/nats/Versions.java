package dev.kvist.nats;

import dev.kvist.Version;

/**
 * How a {@link Version} is made of a message: the sequence, and a word that tells streams of one
 * name apart and markers from values.
 *
 * <pre>
 * high  63 bits of a hash of the stream's creation | 1 bit: is a marker
 * low   sequence in the stream
 * </pre>
 */
final class Versions {
  private static final long MARKER = 1;

  private Versions() {}

  static Version of(Stream stream, long sequence, boolean isMarker) {
    return Version.of(isMarker ? stream.identity() | MARKER : stream.identity(), sequence);
  }

  /** Whether a version is of this stream, of a live key or of a marker. */
  static boolean isOf(Stream stream, Version version) {
    return (version.high() | MARKER) == (stream.identity() | MARKER);
  }

  /** Whether a version can be that of a live key of a stream. */
  static boolean isValueOf(Stream stream, Version version) {
    return version.high() == stream.identity();
  }

  /** The identity of a stream that was created at a time, in nanoseconds since 1970. */
  static long identity(long createdNanos) {
    // The finalizer of SplitMix64: every bit of the time has a say in every bit of the result.
    long hash = createdNanos + 0x9E3779B97F4A7C15L;
    hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
    hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
    return (hash ^ (hash >>> 31)) & ~MARKER;
  }
}
