package dev.kvist.spi;

import dev.kvist.WatchCursor;
import org.jspecify.annotations.Nullable;

/**
 * One record of a log, as {@code ./kvist log} shows it.
 *
 * @param file the file's name
 * @param offset where it starts in the file, in bytes
 * @param cursor its position in the change stream; null where the record is not readable
 * @param atMillis when it was written, in milliseconds since 1970; 0 where the log does not say
 * @param operation such as {@code put}; {@code damaged} where the record is not readable
 * @param bucket the bucket's name; empty where it is not known
 * @param key the key in text form
 * @param size the value's size in bytes
 * @param intact whether its checksum holds
 */
public record LogRecord(
    String file,
    long offset,
    @Nullable WatchCursor cursor,
    long atMillis,
    String operation,
    String bucket,
    String key,
    long size,
    boolean intact) {}
