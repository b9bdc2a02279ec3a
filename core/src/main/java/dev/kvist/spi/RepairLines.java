package dev.kvist.spi;

import dev.kvist.spi.Backend.Repair;
import java.util.ArrayList;
import java.util.List;

/**
 * What a repair did, as lines of text: for the file that an engine keeps beside the damaged ones,
 * so that it is known also when the repair itself was killed. For any thread.
 */
public final class RepairLines {
  private static final String RECORDS = "records kept: ";
  private static final String BYTES = "bytes dropped: ";
  private static final String DAMAGE = "damage: ";
  private static final String SUSPECT = "a newer record may be lost of: ";
  private static final String UNNAMED = "more keys, not known by name: ";
  private static final String UNKNOWN = "an unknown number";

  private RepairLines() {}

  /** The lines, without their ends; {@link Repair#keptCopy} is not among them. */
  public static List<String> of(Repair repair) {
    var lines = new ArrayList<String>();
    lines.add(RECORDS + repair.records());
    lines.add(BYTES + repair.bytesDropped());
    repair.damages().forEach(damage -> lines.add(DAMAGE + damage));
    repair.suspects().forEach(suspect -> lines.add(SUSPECT + suspect));
    if (repair.unnamed() != 0) {
      lines.add(UNNAMED + (repair.unnamed() == Repair.UNKNOWN ? UNKNOWN : repair.unnamed()));
    }
    return lines;
  }

  /**
   * Reads what {@link #of} made; other lines are passed over.
   *
   * @param keptCopy as in the repair
   * @throws NumberFormatException when a number is none
   */
  public static Repair parse(List<String> lines, String keptCopy) {
    long records = 0;
    long bytes = 0;
    long unnamed = 0;
    List<String> damages = new ArrayList<>();
    List<String> suspects = new ArrayList<>();
    for (String line : lines) {
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
    return new Repair(records, bytes, damages, suspects, unnamed, keptCopy);
  }
}
