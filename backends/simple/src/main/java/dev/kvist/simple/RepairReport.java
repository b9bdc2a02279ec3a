package dev.kvist.simple;

import dev.kvist.spi.Backend.Repair;
import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import dev.kvist.spi.RepairLines;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** What a repair did, as a file beside the damaged ones. */
final class RepairReport {
  private RepairReport() {}

  static void write(LogDirectory directory, String name, Repair repair) throws IOException {
    String text = String.join("\n", RepairLines.of(repair)) + "\n";
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (LogFile file = directory.create(name, bytes.length)) {
      MemorySegment.copy(bytes, 0, file.memory(), ValueLayout.JAVA_BYTE, 0, bytes.length);
      file.written(0, bytes.length);
      file.force(0, bytes.length);
    }
  }

  /** Reads what {@link #write} wrote. */
  static Repair read(LogDirectory directory, String damagedFolder) throws IOException {
    String text = text(directory, RepairedFiles.report(damagedFolder));
    return RepairLines.parse(text.lines().toList(), place(directory, damagedFolder));
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
