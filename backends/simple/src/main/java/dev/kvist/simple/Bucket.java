package dev.kvist.simple;

/**
 * A bucket that exists or did once. Its id is for ever, so that readers and watches may keep it:
 * dropping a bucket empties it and clears {@link #live}.
 */
final class Bucket {
  /**
   * The bucket that holds the names of all others: key the name, value the id and whether it is
   * live.
   */
  static final int DIRECTORY = 0;

  static final int DEFINITION_BYTES = 5;

  final String name;
  final int id;
  volatile boolean live;

  Bucket(String name, int id, boolean live) {
    this.name = name;
    this.id = id;
    this.live = live;
  }

  static Bucket read(String name, byte[] definition) {
    int id = (int) RecordReader.littleEndian(definition, 0, Integer.BYTES);
    return new Bucket(name, id, definition[Integer.BYTES] != 0);
  }

  static byte[] definition(int id, boolean live) {
    return new byte[] {
      (byte) id, (byte) (id >>> 8), (byte) (id >>> 16), (byte) (id >>> 24), (byte) (live ? 1 : 0)
    };
  }
}
