package dev.kvist.server;

/** The command line. */
public final class Main {
  private Main() {}

  /** Runs the command that {@code args} spell, and ends the process with its exit code. */
  public static void main(String[] args) {
    if (args.length == 1 && args[0].equals("version")) {
      System.out.println("kvist " + version());
      return;
    }
    System.err.println("kvist: usage: kvist version");
    System.exit(2);
  }

  private static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "(from classes)" : version;
  }
}
