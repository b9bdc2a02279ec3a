package dev.kvist;

/** Two observers as one. */
record ObserverPair(KvObserver first, KvObserver second) implements KvObserver {
  @Override
  public void opened(String backend, Connection connection) {
    first.opened(backend, connection);
    second.opened(backend, connection);
  }

  @Override
  public void closed(Connection connection) {
    first.closed(connection);
    second.closed(connection);
  }

  @Override
  public void began(Operation operation, String bucket) {
    first.began(operation, bucket);
    second.began(operation, bucket);
  }

  @Override
  public void latency(Operation operation, String bucket, long nanos) {
    first.latency(operation, bucket, nanos);
    second.latency(operation, bucket, nanos);
  }

  @Override
  public void accessed(Operation operation, String bucket, byte[] key) {
    first.accessed(operation, bucket, key);
    second.accessed(operation, bucket, key);
  }

  @Override
  public void written(String bucket, byte[] key, long bytes) {
    first.written(bucket, key, bytes);
    second.written(bucket, key, bytes);
  }

  @Override
  public void synced(long bytes, long nanos) {
    first.synced(bytes, nanos);
    second.synced(bytes, nanos);
  }

  @Override
  public void compacted(long bytesRead, long bytesKept, long nanos) {
    first.compacted(bytesRead, bytesKept, nanos);
    second.compacted(bytesRead, bytesKept, nanos);
  }
}
