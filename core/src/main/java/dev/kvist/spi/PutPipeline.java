package dev.kvist.spi;

import dev.kvist.PutOptions;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts to one bucket that are sent without waiting for each, for a store whose writes are round
 * trips. Those of one key are done in the order in which they were given. For one thread.
 */
public interface PutPipeline extends AutoCloseable {
  /** A store that has such pipelines. */
  interface Source {
    /** A new one. */
    PutPipeline pipeline();
  }

  /**
   * Sends a put, and waits while too many are under way.
   *
   * @param key kept until its outcome is known, so nobody may change it
   * @param value likewise
   * @param options without a condition
   * @param outcome told null when it is stored, or why it was not: what {@link
   *     dev.kvist.KvWriter#put} throws; called once, by this method or a later one
   * @throws dev.kvist.KvException when it is not known what became of puts before; their outcomes
   *     are not told then
   */
  void put(
      byte[] key, byte[] value, PutOptions options, Consumer<@Nullable RuntimeException> outcome);

  /**
   * Waits for all outcomes.
   *
   * @throws dev.kvist.KvException as {@link #put}
   */
  void flush();

  /** Frees it, without waiting for outcomes. */
  @Override
  void close();
}
