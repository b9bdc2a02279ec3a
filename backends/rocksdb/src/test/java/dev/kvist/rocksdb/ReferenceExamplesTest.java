package dev.kvist.rocksdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.bucket.BucketStore;
import dev.kvist.tck.ReferenceExamples;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the bucket API is taught by runs on this engine, in both modes. */
final class ReferenceExamplesTest {
  @TempDir Path temporary;

  /** Twice, since what an example leaves behind is there at the next start. */
  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void onDisk(String single) {
    String uri = "rocksdb:" + temporary.resolve("data/badger") + "?single_bucket_mode=" + single;
    for (int run = 0; run < 2; run++) {
      try (Connection connection = Kvist.open(uri)) {
        ReferenceExamples.run("badger", connection);
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
