package dev.kvist.bucket;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.KvException;
import dev.kvist.KvException.Effect;
import dev.kvist.PutOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** K12 over a connection. */
final class BucketStoreTest {
  private static final byte[] KEY = utf8("key");

  private final FakeConnection connection = new FakeConnection();
  private final BucketStore store = BucketStore.of(connection);

  @Test
  void absentKeyIsNullFalseAndNothingToDelete() {
    assertNull(store.getValue("cache", KEY));
    assertNull(store.getCompressedValue("cache", KEY));
    assertFalse(store.existsKey("cache", KEY));
    store.deleteKey("cache", KEY);
    assertEquals(0, connection.writes);
  }

  @Test
  void valuesAreStoredOverwrittenAndDeleted() {
    store.addValue("cache", KEY, utf8("one"));
    store.addValue("cache", KEY, utf8("two"));
    assertArrayEquals(utf8("two"), store.getValue("cache", KEY));
    assertTrue(store.existsKey("cache", KEY));
    store.deleteKey("cache", KEY);
    assertNull(store.getValue("cache", KEY));
    assertFalse(store.existsKey("cache", KEY));
  }

  @Test
  void emptyValueIsAValue() {
    store.addValue("cache", KEY, new byte[0]);
    store.addValueCompress("cache", utf8("compressed"), new byte[0]);
    assertArrayEquals(new byte[0], store.getValue("cache", KEY));
    assertArrayEquals(new byte[0], store.getCompressedValue("cache", utf8("compressed")));
    assertTrue(store.existsKey("cache", KEY));
    assertTrue(store.existsKey("cache", utf8("compressed")));
  }

  @Test
  void compressedValueIsAPairInside() {
    byte[] value = new byte[100_000];
    Arrays.fill(value, (byte) 'x');
    store.addValueCompress("documents", KEY, value);
    assertArrayEquals(value, store.getCompressedValue("documents", KEY));
    assertArrayEquals(Lz4Pair.encode(value), store.getValue("documents", KEY));
  }

  @Test
  void incompressibleValueComesBack() {
    byte[] noise = new byte[100_000];
    new Random(7).nextBytes(noise);
    store.addValueCompress("documents", KEY, noise);
    assertArrayEquals(noise, store.getCompressedValue("documents", KEY));
  }

  @Test
  void plainValueIsNotReadAsCompressed() {
    // Even one that happens to be a valid pair: the flag decides.
    store.addValue("documents", KEY, Lz4Pair.encode(utf8("value")));
    var refused =
        assertThrows(
            IllegalArgumentException.class, () -> store.getCompressedValue("documents", KEY));
    assertEquals(
        "key key of bucket documents was not stored compressed: read it with getValue",
        refused.getMessage());
  }

  @Test
  void plainValueOverACompressedOneClearsTheFlag() {
    store.addValueCompress("documents", KEY, utf8("value"));
    store.addValue("documents", KEY, utf8("plain"));
    assertThrows(IllegalArgumentException.class, () -> store.getCompressedValue("documents", KEY));
    store.addValueCompress("documents", KEY, utf8("again"));
    assertArrayEquals(utf8("again"), store.getCompressedValue("documents", KEY));
  }

  @Test
  void damagedPairIsCorrupted() {
    byte[] inflated = Lz4Pair.encode(utf8("value"));
    inflated[3] = 0x7f;
    var options = PutOptions.DEFAULT.withCompressed();
    connection.store("documents").writer().put(KEY, inflated, options);
    var corrupted =
        assertThrows(KvException.Corrupted.class, () -> store.getCompressedValue("documents", KEY));
    assertTrue(
        corrupted.file().contains("key key of bucket documents")
            && String.valueOf(corrupted.getMessage()).contains("the length field says"),
        corrupted.getMessage());
  }

  @Test
  void compressedValueOverTheLimitIsRefusedBeforeAWrite() {
    byte[] value = new byte[FakeConnection.MAX_VALUE_SIZE + 1];
    var tooLarge =
        assertThrows(
            KvException.TooLarge.class, () -> store.addValueCompress("documents", KEY, value));
    assertEquals(value.length, tooLarge.size());
    assertEquals(FakeConnection.MAX_VALUE_SIZE, tooLarge.limit());
    assertEquals(0, connection.writes);
  }

  @Test
  void bucketsAndKeysNeverMeet() {
    // Joined by any of the usual separators, each of these pairs would meet another.
    List<String> parts = List.of("a", "a_b", "a_b_c", "b", "b_c", "c", "a-b", "ab", "abc", "bc");
    for (String bucket : parts) {
      for (String key : parts) {
        store.addValue(bucket, utf8(key), utf8(bucket + "/" + key));
        store.addValue(bucket, utf8("," + key), utf8(bucket + "/," + key));
      }
    }
    for (String bucket : parts) {
      for (String key : parts) {
        assertArrayEquals(utf8(bucket + "/" + key), store.getValue(bucket, utf8(key)));
        assertArrayEquals(utf8(bucket + "/," + key), store.getValue(bucket, utf8("," + key)));
      }
    }
  }

  @Test
  void anyBytesAreAKey() {
    byte[] key = {0, '\t', '\t', '\n', (byte) 0xff, ',', (byte) 0xc3};
    store.addValue("cache", key, utf8("\n\t\t"));
    assertArrayEquals(utf8("\n\t\t"), store.getValue("cache", key));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../x", "a,b", "a/b", "-a", "a b", "a.b", "\u00e9", "a\n", "_filter"})
  void illegalBucketIsRefused(String bucket) {
    assertEachCall(IllegalArgumentException.class, bucket, KEY);
  }

  @Test
  void bucketNameOf65IsRefused() {
    store.addValue("b".repeat(64), KEY, KEY);
    assertEachCall(IllegalArgumentException.class, "b".repeat(65), KEY);
  }

  @Test
  void illegalKeyIsRefused() {
    assertEachCall(IllegalArgumentException.class, "cache", new byte[0]);
    assertEachCall(
        IllegalArgumentException.class, "cache", new byte[FakeConnection.MAX_KEY_SIZE + 1]);
  }

  @Test
  void failureIsNeverAbsence() {
    var failed = new KvException.IoFailed(Effect.NONE, "the device refused", null);
    store.addValue("metadata", KEY, utf8("secret"));
    Runnable fault =
        () -> {
          throw failed;
        };
    connection.onRead = fault;
    connection.onWrite = fault;
    for (Executable call : calls("metadata", KEY)) {
      assertSame(failed, assertThrows(KvException.IoFailed.class, call));
    }
    connection.heal();
    assertTrue(store.existsKey("metadata", KEY));
  }

  @Test
  void openSaysWhyItCannotServe() {
    var failed = new KvException.ConnectionFailed("nobody there", null);
    connection.onPing =
        () -> {
          throw failed;
        };
    assertSame(failed, assertThrows(KvException.ConnectionFailed.class, store::open));
    connection.heal();
    store.open();
  }

  @Test
  void closeEndsTheViewAndNotTheConnection() {
    store.addValue("cache", KEY, utf8("value"));
    store.close();
    store.close();
    assertEachCall(KvException.Closed.class, "cache", KEY);
    assertNotNull(connection.store("cache").reader().get(KEY));
    assertNotNull(BucketStore.of(connection).getValue("cache", KEY));
    store.open();
    assertNotNull(store.getValue("cache", KEY));
  }

  @Test
  void closedConnectionRefusesEverything() {
    connection.close();
    assertThrows(KvException.Closed.class, store::open);
    assertEachCall(KvException.Closed.class, "cache", KEY);
  }

  @Test
  void arraysAreNotShared() {
    byte[] key = utf8("key");
    byte[] value = utf8("value");
    store.addValue("cache", key, value);
    key[0] = 'x';
    value[0] = 'x';
    byte[] got = store.getValue("cache", KEY);
    assertArrayEquals(utf8("value"), got);
    if (got != null) {
      got[0] = (byte) 0;
    }
    assertArrayEquals(utf8("value"), store.getValue("cache", KEY));
  }

  private void assertEachCall(Class<? extends RuntimeException> error, String bucket, byte[] key) {
    for (Executable call : calls(bucket, key)) {
      assertThrows(error, call);
    }
  }

  private List<Executable> calls(String bucket, byte[] key) {
    return List.of(
        () -> store.getValue(bucket, key),
        () -> store.getCompressedValue(bucket, key),
        () -> store.addValue(bucket, key, KEY),
        () -> store.addValueCompress(bucket, key, KEY),
        () -> store.existsKey(bucket, key),
        () -> store.deleteKey(bucket, key));
  }
}
