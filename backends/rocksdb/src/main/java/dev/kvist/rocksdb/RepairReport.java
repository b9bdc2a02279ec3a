package dev.kvist.rocksdb;

import dev.kvist.spi.Backend.Repair;
import dev.kvist.spi.RepairLines;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What a repair did, as a file beside the damaged ones. */
final class RepairReport {
  static final String FILE_NAME = "report";

  private RepairReport() {}

  static void write(Path folder, Repair repair) throws IOException {
    Path file = folder.resolve(FILE_NAME);
    Files.write(file, RepairLines.of(repair));
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** Reads what {@link #write} wrote. */
  static Repair read(Path damagedFolder) throws IOException {
    return RepairLines.parse(
        Files.readAllLines(damagedFolder.resolve(FILE_NAME)), damagedFolder.toString());
  }
}
