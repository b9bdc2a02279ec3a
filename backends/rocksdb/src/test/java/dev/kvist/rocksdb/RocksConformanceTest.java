package dev.kvist.rocksdb;

import dev.kvist.tck.ConnectionContract;

/** The contract, kept by {@code rocksdb:} with all buckets in one keyspace. */
final class RocksConformanceTest implements TemporaryPlace, ConnectionContract {}
