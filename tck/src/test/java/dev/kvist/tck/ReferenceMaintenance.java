package dev.kvist.tck;

import dev.kvist.KvMaintenance;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Maintenance of the reference backend, where nothing can be damaged and there is nothing to
 * compact.
 */
final class ReferenceMaintenance implements KvMaintenance {
  private final ReferenceConnection connection;

  ReferenceMaintenance(ReferenceConnection connection) {
    this.connection = connection;
  }

  @Override
  public Verification verify() {
    return connection.locked(() -> new Verification(0, 0, List.of()));
  }

  @Override
  public void compact() {
    connection.ping();
  }

  @Override
  public void backup(Path directory) {
    if (Files.exists(directory)) {
      throw new IllegalArgumentException(directory + " is not empty");
    }
    connection.locked(() -> {
      connection.copyTo(directory.toString());
      return null;
    });
  }
}
