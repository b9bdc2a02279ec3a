package dev.kvist.bench.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What the device does: records written over a file that is filled already, each forced before the
 * put returns. A writer alone writes and forces by itself; of several at once, one forces for all.
 * There is no index: no engine with group commit has less to do.
 */
final class DeviceBound implements Engine {
  private static final int FILE_BYTES = 64 << 20;
  private static final int BUFFER_BYTES = 64 << 10;

  /** A put that waits for its force. */
  private static final class Waiting {
    final Thread thread = Thread.currentThread();
    volatile boolean done;
  }

  private final FileChannel file;
  private final ReentrantLock lock = new ReentrantLock();
  private ByteBuffer filling = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private ByteBuffer spare = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private List<Waiting> waiting = new ArrayList<>();
  private List<Waiting> forced = new ArrayList<>();
  private boolean forcing;
  private volatile @Nullable IOException failure;
  private final AtomicLong syncs = new AtomicLong();
  private long position;

  DeviceBound(Subject.Setup setup) throws IOException {
    file =
        FileChannel.open(
            setup.directory().resolve("device"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
    while (file.position() < FILE_BYTES) {
      file.write(zeros.clear());
    }
    file.force(true);
  }

  @Override
  public void put(byte[] key, byte[] value) throws IOException {
    var own = new Waiting();
    boolean leads;
    lock.lock();
    try {
      filling.put(key).put(value);
      waiting.add(own);
      leads = !forcing;
      forcing = true;
    } finally {
      lock.unlock();
    }
    if (leads) {
      lead();
    }
    while (!own.done) {
      LockSupport.park(this);
    }
    IOException failed = failure;
    if (failed != null) {
      throw failed;
    }
  }

  /** Forces until nobody waits; whoever came meanwhile shares the next force. */
  private void lead() {
    while (take()) {
      try {
        spare.flip();
        if (position + spare.remaining() > FILE_BYTES) {
          position = 0;
        }
        position += file.write(spare, position);
        file.force(false);
        syncs.incrementAndGet();
      } catch (IOException e) {
        failure = e;
      }
      spare.clear();
      for (Waiting one : forced) {
        one.done = true;
        LockSupport.unpark(one.thread);
      }
      forced.clear();
    }
  }

  private boolean take() {
    lock.lock();
    try {
      if (waiting.isEmpty()) {
        forcing = false;
        return false;
      }
      ByteBuffer full = filling;
      filling = spare;
      spare = full;
      List<Waiting> all = waiting;
      waiting = forced;
      forced = all;
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    throw new UnsupportedOperationException("it only writes");
  }

  @Override
  public long scan(byte[] prefix, Visitor visitor) {
    throw new UnsupportedOperationException("it only writes");
  }

  @Override
  public long syncs() {
    return syncs.get();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
