import static dev.kvist.Kvist.utf8;

import dev.kvist.bucket.Kv;
import dev.kvist.config.Configuration;
import dev.kvist.config.Modules;
import java.nio.file.Path;

/**
 * Create, read, exists, compressed, delete, on the store that a configuration describes.
 *
 * <p>After ./kvist version has built the jars, with the java of JDK 25: {@code java
 * --enable-native-access=ALL-UNNAMED -cp 'server/target/kvist/lib/*'
 * docs/examples/CompleteExample.java docs/examples/complete.yaml}
 */
final class CompleteExample {
  public static void main(String[] arguments) {
    if (arguments.length != 1) {
      System.err.println("usage: CompleteExample.java CONFIGURATION, such as complete.yaml");
      System.exit(2);
    }
    try (var _ = Modules.start(Configuration.load(Path.of(arguments[0])))) {
      run("example");
    }
  }

  private static void run(String bucket) {
    Kv.addValue(bucket, utf8("greeting"), utf8("hello world"));
    System.out.println("stored: greeting -> hello world");

    byte[] value = Kv.getValue(bucket, utf8("greeting"));
    System.out.println("retrieved: greeting -> " + utf8(value));

    System.out.println("exists: " + Kv.existsKey(bucket, utf8("greeting")));

    byte[] document =
        utf8("{\"payload\": \"large document content that benefits from compression...\"}");
    Kv.addValueCompress(bucket, utf8("doc-001"), document);
    System.out.println("stored compressed: doc-001");

    byte[] decompressed = Kv.getCompressedValue(bucket, utf8("doc-001"));
    System.out.println("retrieved compressed: doc-001 -> " + utf8(decompressed));

    Kv.deleteKey(bucket, utf8("greeting"));
    if (Kv.getValue(bucket, utf8("greeting")) == null) {
      System.out.println("deleted: greeting (confirmed nil)");
    }
  }
}
