package dev.kvist.tck;

import dev.kvist.Capability;
import dev.kvist.Connection;
import dev.kvist.ConnectionOptions;
import dev.kvist.Kvist;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The backend that a conformance test is about: how to open it, and what the contract leaves to it.
 *
 * <p>Only {@link #options} has to be implemented for an embedded engine that keeps its data. What
 * the backend can and cannot do is read from its {@link dev.kvist.Capabilities}, not said here. One
 * option every backend takes, which the kit sets itself: {@code read_only=true}, under which a
 * connection writes nothing and its writing roles throw {@link dev.kvist.KvException.Unsupported}.
 */
@ExtendWith(PlaceExtension.class)
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public interface BackendUnderTest {
  /** Options of a place for one test: a new directory each time, or the server that all share. */
  ConnectionOptions options();

  /** Opens a connection; of use to those who test a backend that no service file names. */
  default Connection open(ConnectionOptions options, Capability... required) {
    return Kvist.open(options, required);
  }

  /** Frees what {@link #options} made, after the last close: deletes the directory, for example. */
  default void release(ConnectionOptions options) {}

  /** Whether what was written is there when the same options are opened again. */
  default boolean persistent() {
    return true;
  }

  /**
   * Whether a second open of the same options is refused while the first is open: true for a data
   * directory.
   */
  default boolean exclusive() {
    return persistent();
  }

  /**
   * Whether a watch delivers every single change. False where the backend keeps just the newest
   * record of a key: then a change may be left out when a newer one of the same key follows.
   */
  default boolean everyChange() {
    return true;
  }

  /** How long after its deadline a read may still show an expired entry. */
  default Duration expiryLateness() {
    return Duration.ZERO;
  }

  /** How long to wait for what must happen before a test fails. */
  default Duration patience() {
    return Duration.ofSeconds(20);
  }

  /**
   * The share of the rounds of random and concurrent tests to run: 1 embedded, less over a network.
   */
  default double effort() {
    return 1;
  }

  /**
   * Options of a place whose change stream keeps no more than about so many bytes; null where that
   * cannot be set. A backend with watches from a cursor should have them, so that an overtaken
   * cursor is seen to expire.
   */
  default @Nullable ConnectionOptions optionsWithRetention(long bytes) {
    return null;
  }

  /** Options that open what {@link dev.kvist.KvMaintenance#backup} wrote. */
  default ConnectionOptions backupOptions(ConnectionOptions of, Path directory) {
    return ConnectionOptions.of(of.scheme(), directory.toString());
  }
}
