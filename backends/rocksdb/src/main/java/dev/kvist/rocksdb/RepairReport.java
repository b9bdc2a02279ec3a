package dev.kvist.rocksdb;

import dev.kvist.spi.Backend.Repair;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What a repair did, as a file beside the damaged ones: lines of text, so that it is known also
 * when the repair itself was killed.
 */
final class RepairReport {
  static final String FILE_NAME = "report";

  private static final String RECORDS = "records kept: ";
  private static final String BYTES = "bytes dropped: ";
  private static final String DAMAGE = "damage: ";
  private static final String SUSPECT = "a newer record may be lost of: ";

  private RepairReport() {}

  static void write(Path folder, Repair repair) throws IOException {
    var lines = new ArrayList<String>();
    lines.add(RECORDS + repair.records());
    lines.add(BYTES + repair.bytesDropped());
    repair.damages().forEach(line -> lines.add(DAMAGE + line));
    repair.suspects().forEach(line -> lines.add(SUSPECT + line));
    Path file = folder.resolve(FILE_NAME);
    Files.write(file, lines);
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** Reads what {@link #write} wrote. */
  static Repair read(Path damagedFolder) throws IOException {
    long records = 0;
    long bytes = 0;
    List<String> damages = new ArrayList<>();
    List<String> suspects = new ArrayList<>();
    for (String line : Files.readAllLines(damagedFolder.resolve(FILE_NAME))) {
      if (line.startsWith(RECORDS)) {
        records = Long.parseLong(line.substring(RECORDS.length()));
      } else if (line.startsWith(BYTES)) {
        bytes = Long.parseLong(line.substring(BYTES.length()));
      } else if (line.startsWith(DAMAGE)) {
        damages.add(line.substring(DAMAGE.length()));
      } else if (line.startsWith(SUSPECT)) {
        suspects.add(line.substring(SUSPECT.length()));
      }
    }
    return new Repair(records, bytes, damages, suspects, damagedFolder.toString());
  }
}
