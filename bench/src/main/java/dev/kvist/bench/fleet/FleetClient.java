package dev.kvist.bench.fleet;

import dev.kvist.bench.engine.Subject;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A client of a server, that works on one bucket after another. Keys are letters, digits and dots.
 *
 * <p>Every method may throw what the client throws. For many threads, except where one bucket is
 * left for the next.
 */
public interface FleetClient extends AutoCloseable {
  /** How all entries can be read. */
  enum Way {
    /** As the client itself does it. */
    OWN,
    /** By a consumer that the server pushes to, with flow control, in the server's messages. */
    PUSH,
    /** By a consumer that asks for one batch after another, in the server's messages. */
    PULL
  }

  /** Entries by their number. */
  interface Source {
    /** The key of a number, fresh. */
    byte[] key(int number);

    /** Its value, fresh. */
    byte[] value(int number);
  }

  /** A key that is overwritten each time only when nobody else has meanwhile. */
  @FunctionalInterface
  interface Swap {
    /** Overwrites it. */
    void value(byte[] value) throws Exception;
  }

  /**
   * Connects.
   *
   * @throws IllegalArgumentException when the subject is no client of a server
   */
  static FleetClient connect(Subject subject, String url) throws Exception {
    return switch (subject.name()) {
      case "kvist-nats" -> new KvistClient(url);
      case "jnats" -> new JnatsClient(url);
      default -> throw new IllegalArgumentException(subject.name() + " is no client of a server");
    };
  }

  /** Makes a bucket, with the client's defaults, and works on it from now on. */
  void make(String bucket) throws Exception;

  /** Stores a value; when it returns the server has it. */
  void put(byte[] key, byte[] value) throws Exception;

  /** The value; null when the key is absent. */
  byte @Nullable [] get(byte[] key) throws Exception;

  /** The values of several keys in their order, null for an absent one. */
  List<byte @Nullable []> getAll(List<byte[]> keys) throws Exception;

  /** Gets ready to overwrite a key. */
  Swap swap(byte[] key) throws Exception;

  /** Stores the entries numbered from 0, as fast as it can; when it returns the server has them. */
  void store(int entries, Source source) throws Exception;

  /** The ways that it has. */
  Set<Way> ways();

  /**
   * Reads all keys.
   *
   * @return how many there were
   */
  long keys(Way way) throws Exception;

  /**
   * Reads all entries.
   *
   * @return how many there were
   */
  long scan(Way way, Consumer<byte[]> values) throws Exception;

  /**
   * Reads the entries with a prefix, which ends with a dot.
   *
   * @return how many there were
   */
  long scanPrefix(String prefix, Consumer<byte[]> values) throws Exception;

  /**
   * Watches everything until it has caught up.
   *
   * @return how many entries it was told of
   */
  long synchronize(Consumer<byte[]> values) throws Exception;

  /** Gives the values of all puts from now on, on a thread of its own, until it is closed. */
  AutoCloseable watch(Consumer<byte[]> values) throws Exception;

  @Override
  void close() throws Exception;
}
