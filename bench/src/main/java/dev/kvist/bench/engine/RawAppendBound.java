package dev.kvist.bench.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Appends key and value to a file through a buffer, and can do nothing else. */
final class RawAppendBound implements Engine {
  private final FileChannel file;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 << 10);

  RawAppendBound(Subject.Setup setup) throws IOException {
    file =
        FileChannel.open(
            setup.directory().resolve("raw"),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
  }

  @Override
  public synchronized void put(byte[] key, byte[] value) throws IOException {
    if (buffer.remaining() < key.length + value.length) {
      flush();
    }
    buffer.put(key).put(value);
  }

  private void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      file.write(buffer);
    }
    buffer.clear();
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    throw new UnsupportedOperationException("it only appends");
  }

  @Override
  public long scan(byte[] prefix, Visitor visitor) {
    throw new UnsupportedOperationException("it only appends");
  }

  @Override
  public synchronized void close() throws IOException {
    flush();
    file.close();
  }
}
