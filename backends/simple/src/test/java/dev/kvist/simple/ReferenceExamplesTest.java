package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.bucket.BucketStore;
import dev.kvist.tck.ReferenceExamples;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the bucket API is taught by runs on both engines. */
final class ReferenceExamplesTest {
  @TempDir Path temporary;

  @Test
  void onMemory() {
    try (Connection connection = Kvist.open("memory:")) {
      ReferenceExamples.run("memory", connection);
    }
  }

  /** Twice, since what an example leaves behind is there at the next start. */
  @Test
  void onDisk() {
    String uri = "simple:" + temporary.resolve("data/simple_kv");
    for (int run = 0; run < 2; run++) {
      try (Connection connection = Kvist.open(uri)) {
        ReferenceExamples.run("simple_kv", connection);
      }
    }
    try (Connection connection = Kvist.open(uri)) {
      assertArrayEquals(
          Kvist.utf8("{\"workers\": 4}"),
          BucketStore.of(connection).getValue("default", Kvist.utf8("app_config")),
          "configuration is there after a restart");
    }
  }
}
