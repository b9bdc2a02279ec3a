package dev.kvist.server;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Which module may use which, and how classes are named, over every module that the root pom lists.
 *
 * <p>It looks at what each module was compiled to, so that all have to be built before the server;
 * one that is not fails {@link #everyModuleIsSeen}. The benchmarks alone are left out: nothing
 * depends on them.
 */
final class ArchitectureTest {
  /** The door, its options, its provider, and a few types that they speak in. */
  private static final int MOST_PUBLIC_CLASSES_OF_A_BACKEND = 6;

  private static final List<String> CORE_MAY_USE =
      List.of(
          "java.",
          "jdk.jfr.",
          "org.jspecify.",
          "org.slf4j.",
          "net.jpountz.",
          "com.fasterxml.jackson.core.");

  private static final Pattern REFUSED_NAME =
      Pattern.compile(".*(Impl|Utils?|Helpers?|Manager)|Abstract.*");

  private static final Pattern REFUSED_PACKAGE =
      Pattern.compile("(.*\\.)?(impl|internal|utils?|helpers?)(\\..*)?");

  private static final Path ROOT = root();
  private static final Map<String, List<JavaClass>> CLASSES_BY_MODULE = classesByModule();
  private static final Map<String, String> MODULE_BY_CLASS = moduleByClass();

  @Test
  void everyModuleIsSeen() {
    Set<String> unseen = new TreeSet<>();
    CLASSES_BY_MODULE.forEach((module, classes) -> {
      if (classes.isEmpty()) {
        unseen.add(module);
      }
    });
    assertEquals(
        Set.of(), unseen, "modules that are not built: build all of them, as ./check does");
  }

  @Test
  void coreUsesFourSmallLibrariesOnly() {
    assertEquals(
        Set.of(),
        uses(
            "core",
            target ->
                moduleOf(target) == null
                    && CORE_MAY_USE.stream().noneMatch(target.getName()::startsWith)));
  }

  @Test
  void everyModuleButTheServerUsesCoreOnly() {
    for (String module : CLASSES_BY_MODULE.keySet()) {
      if (!module.equals("server")) {
        assertEquals(
            Set.of(),
            uses(
                module,
                target -> {
                  String other = moduleOf(target);
                  return other != null && !other.equals("core") && !other.equals(module);
                }),
            module);
      }
    }
  }

  @Test
  void namesSayWhatAClassIs() {
    assertEquals(
        Set.of(),
        namesOf(type ->
            REFUSED_NAME.matcher(type.getSimpleName()).matches()
                || REFUSED_PACKAGE.matcher(type.getPackageName()).matches()));
  }

  @Test
  void aBackendHasFewPublicClasses() {
    CLASSES_BY_MODULE.forEach((module, classes) -> {
      if (module.startsWith("backends/")) {
        List<String> open =
            classes.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(JavaClass::isTopLevelClass)
                .map(JavaClass::getName)
                .sorted()
                .toList();
        boolean few = open.size() <= MOST_PUBLIC_CLASSES_OF_A_BACKEND;
        assertEquals(List.of(), few ? List.of() : open, module + " has too many public classes");
      }
    });
  }

  private static Set<String> namesOf(Predicate<JavaClass> refused) {
    return CLASSES_BY_MODULE.values().stream()
        .flatMap(List::stream)
        .filter(refused)
        .map(JavaClass::getName)
        .collect(toCollection(TreeSet::new));
  }

  /** What the classes of {@code module} refer to although {@code refused} says no. */
  private static Set<String> uses(String module, Predicate<JavaClass> refused) {
    Set<String> found = new TreeSet<>();
    for (JavaClass type : CLASSES_BY_MODULE.getOrDefault(module, List.of())) {
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (!target.isPrimitive() && refused.test(target)) {
          found.add(dependency.getDescription());
        }
      }
    }
    return found;
  }

  private static @Nullable String moduleOf(JavaClass type) {
    return MODULE_BY_CLASS.get(type.getName());
  }

  private static Map<String, String> moduleByClass() {
    Map<String, String> modules = new HashMap<>();
    CLASSES_BY_MODULE.forEach(
        (module, classes) -> classes.forEach(type -> modules.put(type.getName(), module)));
    return modules;
  }

  private static Map<String, List<JavaClass>> classesByModule() {
    Map<String, List<JavaClass>> classes = new TreeMap<>();
    var modules = Pattern.compile("<module>\\s*(\\S+?)\\s*</module>").matcher(rootPom());
    while (modules.find()) {
      if (!modules.group(1).equals("bench")) {
        classes.put(modules.group(1), new ArrayList<>());
      }
    }
    List<Path> folders = new ArrayList<>();
    for (String module : classes.keySet()) {
      folders.add(ROOT.resolve(module).resolve("target/classes"));
    }
    folders.removeIf(Files::notExists);
    for (JavaClass type : new ClassFileImporter().importPaths(folders)) {
      String place = type.getSource().map(source -> source.getUri().toString()).orElseThrow();
      classes.forEach((module, its) -> {
        if (place.contains(ROOT.resolve(module).resolve("target").toUri().getRawPath())) {
          its.add(type);
        }
      });
    }
    return classes;
  }

  private static String rootPom() {
    try {
      return Files.readString(ROOT.resolve("pom.xml"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("mvnw25"))) {
      Path parent = folder.getParent();
      if (parent == null) {
        throw new IllegalStateException("run this test inside a checkout of Kvist");
      }
      folder = parent;
    }
    return folder;
  }
}
