package dev.kvist.rocksdb;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Operations of one caller, all or nothing, that wait for whoever writes for all. */
final class PendingWrite {
  final List<Op> ops;
  final Thread thread = Thread.currentThread();

  /** Whether its caller may write for others: not a virtual thread, whose carrier others need. */
  final boolean mayLead = !thread.isVirtual();

  /** Its caller does not wait any more. */
  volatile boolean abandoned;

  private @Nullable RuntimeException failure;
  private volatile boolean done;

  PendingWrite(List<Op> ops) {
    this.ops = ops;
  }

  /** Ends it, and wakes its caller, who sees what the operations say then. */
  void done(@Nullable RuntimeException failed) {
    failure = failed;
    done = true;
    if (!thread.equals(Thread.currentThread())) {
      LockSupport.unpark(thread);
    }
  }

  boolean isDone() {
    return done;
  }

  void check() {
    if (failure != null) {
      throw failure;
    }
  }

  long bytes() {
    long bytes = 0;
    for (Op op : ops) {
      bytes += op.key.length + op.record.length;
    }
    return bytes;
  }
}
