package dev.kvist.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** Of a store on disk: what is too much is deleted file by file, oldest first. */
final class FileRetention implements Retention {
  private final Path archive;
  private final Path live;
  private final long bytes;
  private final long ageMillis;
  private final AtomicLong removed = new AtomicLong();

  FileRetention(Path directory, Settings settings) {
    this.archive = directory.resolve(ARCHIVE);
    this.live = directory;
    this.bytes = settings.retentionBytes();
    this.ageMillis = settings.retentionAgeMillis();
  }

  @Override
  public long files() throws IOException {
    return (long) Retention.logs(archive).size() + Retention.logs(live).size();
  }

  @Override
  public long bytes() throws IOException {
    long total = 0;
    for (Path folder : new Path[] {archive, live}) {
      for (Log log : Retention.logs(folder)) {
        total += log.size();
      }
    }
    return total;
  }

  @Override
  public boolean trim(long nowMillis) throws IOException {
    long total = bytes();
    boolean any = false;
    for (Log log : Retention.logs(archive)) {
      boolean old =
          ageMillis > 0 && Files.getLastModifiedTime(log.path()).toMillis() < nowMillis - ageMillis;
      if (total - log.size() < bytes && !old) {
        break;
      }
      delete(log);
      total -= log.size();
      any = true;
    }
    return any;
  }

  private void delete(Log log) throws IOException {
    if (Files.deleteIfExists(log.path())) {
      removed.getAndIncrement();
    }
  }

  @Override
  public long removed() {
    return removed.get();
  }

  @Override
  public void erase() throws IOException {
    for (Log log : Retention.logs(archive)) {
      delete(log);
    }
  }
}
