/** The {@code rocksdb} engine: Kvist's contract over RocksDB. */
@NullMarked
package dev.kvist.rocksdb;

import org.jspecify.annotations.NullMarked;
