import static dev.kvist.Kvist.utf8;

import dev.kvist.Connection;
import dev.kvist.Kvist;
import dev.kvist.bucket.BucketStore;
import dev.kvist.bucket.Kv;

/**
 * Create, read, exists, compressed, delete, on the store of a URI; {@code memory:} without one.
 *
 * <p>After ./kvist version has built the jars: {@code java -cp 'server/target/kvist/lib/*'
 * docs/examples/CompleteExample.java simple:/tmp/example}
 */
final class CompleteExample {
  public static void main(String[] arguments) {
    String uri = arguments.length == 0 ? "memory:" : arguments[0];
    try (Connection connection = Kvist.open(uri)) {
      Kv.register("example", BucketStore.of(connection));
      run("example");
      Kv.unregister("example");
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
