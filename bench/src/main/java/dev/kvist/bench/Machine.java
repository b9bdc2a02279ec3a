package dev.kvist.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the run ran on. */
final class Machine {
  private Machine() {}

  /** By name, in words; what cannot be found out is left out. */
  static Map<String, String> describe(Path data) {
    var facts = new LinkedHashMap<String, String>();
    facts.put("processor", first("/proc/cpuinfo", "model name"));
    facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("memory", first("/proc/meminfo", "MemTotal"));
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put("file system", fileSystem(data));
    facts.put("JVM", System.getProperty("java.vm.name") + " " + Runtime.version());
    facts.put("load at the start", loadAverage());
    facts.values().removeIf(String::isEmpty);
    return facts;
  }

  /** The load averages of 1, 5 and 15 minutes; empty where the system does not tell. */
  static String loadAverage() {
    try {
      String[] words = Files.readString(Path.of("/proc/loadavg")).split(" ", -1);
      return words[0] + " " + words[1] + " " + words[2];
    } catch (IOException e) {
      return "";
    }
  }

  private static String fileSystem(Path data) {
    try {
      return Files.getFileStore(data).type();
    } catch (IOException e) {
      return "";
    }
  }

  private static String first(String file, String name) {
    try {
      for (String line : Files.readAllLines(Path.of(file))) {
        if (line.startsWith(name)) {
          return line.substring(line.indexOf(':') + 1).strip();
        }
      }
    } catch (IOException e) {
      // Not this system's way to tell.
    }
    return "";
  }
}
