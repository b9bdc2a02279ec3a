package dev.kvist.simple;

import dev.kvist.spi.Backend.Repair;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a repair did, as a file beside the damaged ones: lines of text, so that it is known also
 * when the repair itself was killed.
 */
final class RepairReport {
  private static final String RECORDS = "records kept: ";
  private static final String BYTES = "bytes dropped: ";
  private static final String DAMAGE = "damage: ";
  private static final String SUSPECT = "a newer record may be lost of: ";
  private static final String UNNAMED = "more keys, not known by name: ";
  private static final String UNKNOWN = "an unknown number";

  private RepairReport() {}

  static void write(LogDirectory directory, String name, Repair repair) throws IOException {
    var text = new StringBuilder();
    text.append(RECORDS).append(repair.records()).append('\n');
    text.append(BYTES).append(repair.bytesDropped()).append('\n');
    repair.damages().forEach(line -> text.append(DAMAGE).append(line).append('\n'));
    repair.suspects().forEach(line -> text.append(SUSPECT).append(line).append('\n'));
    if (repair.unnamed() != 0) {
      String number =
          repair.unnamed() == Repair.UNKNOWN ? UNKNOWN : Long.toString(repair.unnamed());
      text.append(UNNAMED).append(number).append('\n');
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    try (LogFile file = directory.create(name, bytes.length)) {
      MemorySegment.copy(bytes, 0, file.memory(), ValueLayout.JAVA_BYTE, 0, bytes.length);
      file.written(0, bytes.length);
      file.force(0, bytes.length);
    }
  }

  /** Reads what {@link #write} wrote. */
  static Repair read(LogDirectory directory, String damagedFolder) throws IOException {
    long records = 0;
    long bytes = 0;
    long unnamed = 0;
    List<String> damages = new ArrayList<>();
    List<String> suspects = new ArrayList<>();
    for (String line : text(directory, RepairedFiles.report(damagedFolder)).split("\n", -1)) {
      if (line.startsWith(RECORDS)) {
        records = Long.parseLong(line.substring(RECORDS.length()));
      } else if (line.startsWith(BYTES)) {
        bytes = Long.parseLong(line.substring(BYTES.length()));
      } else if (line.startsWith(DAMAGE)) {
        damages.add(line.substring(DAMAGE.length()));
      } else if (line.startsWith(SUSPECT)) {
        suspects.add(line.substring(SUSPECT.length()));
      } else if (line.startsWith(UNNAMED)) {
        String number = line.substring(UNNAMED.length());
        unnamed = number.equals(UNKNOWN) ? Repair.UNKNOWN : Long.parseLong(number);
      }
    }
    return new Repair(records, bytes, damages, suspects, unnamed, place(directory, damagedFolder));
  }

  private static String text(LogDirectory directory, String name) throws IOException {
    try (LogFile file = directory.open(name, false)) {
      return new String(file.memory().toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }
  }

  static String place(LogDirectory directory, String damagedFolder) {
    return directory.location() + "/" + damagedFolder;
  }
}
