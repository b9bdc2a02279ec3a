package dev.kvist.bucket;

import dev.kvist.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the Bloom filter of a connection. */
final class BloomOpening {
  private static final Logger LOG = LoggerFactory.getLogger(BloomFilter.class);

  private final Connection connection;
  private final BloomBucket bucket;
  private final BloomShape wanted;

  BloomOpening(Connection connection, BloomShape wanted) {
    this.connection = connection;
    this.bucket = new BloomBucket(connection);
    this.wanted = wanted;
  }

  BloomFilter open() {
    BloomParameters parameters = BloomParameters.find(bucket, wanted);
    BloomShape shape = parameters.shape();
    var bits = new BloomBits(shape);
    var recovery = new BloomRecovery(shape, bucket, bits);
    BloomSequences sequences = recovery.run(parameters.lost());
    var journal = new BloomJournal(shape, bucket, bits, sequences);
    recovery.slots().forEach(journal::found);
    var chunks = new BloomChunks(shape, bucket, bits, sequences, journal, parameters.stored());
    if (parameters.damaged() || recovery.damaged()) {
      LOG.warn(
          "{} is damaged: {}{}",
          BloomFilter.WHERE,
          parameters.lost()
              ? "its parameters are lost; "
              : parameters.damaged() ? "its parameters were taken from another block; " : "",
          recovery.report());
      chunks.writeRepaired(recovery);
    }
    return new BloomFilter(connection, shape, bits, sequences, journal, chunks);
  }
}
