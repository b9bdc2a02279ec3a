package dev.kvist.tck;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.ConnectionOptions;
import dev.kvist.KvException;
import dev.kvist.PutOptions;
import dev.kvist.Version;
import dev.kvist.WriteBatch;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The model judges as the contract does. */
class ModelStoreTest {
  private static final byte[] KEY = utf8("k");

  @Test
  void conditionsAreJudged() {
    var model = new ModelStore();
    Version first = Version.of(1, 1);
    PutOptions create = PutOptions.DEFAULT.ifAbsent();
    PutOptions update = PutOptions.DEFAULT.ifVersion(first);
    assertNull(model.refusal("b", KEY, create));
    assertEquals(KvException.VersionMismatch.class, model.refusal("b", KEY, update));
    model.put("b", KEY, utf8("v"), first);
    assertArrayEquals(utf8("v"), model.get("b", KEY));
    assertEquals(KvException.AlreadyExists.class, model.refusal("b", KEY, create));
    assertNull(model.refusal("b", KEY, update));
    assertThrows(
        AssertionError.class,
        () -> model.put("b", KEY, utf8("w"), first),
        "a version that comes twice");
    assertTrue(model.delete("b", KEY));
    assertFalse(model.delete("b", KEY));
    assertEquals(2, model.changes().size(), "deleting nothing is no change");
  }

  @Test
  void deadlinesFollowTheClock() {
    var model = new ModelStore();
    model.put("b", KEY, utf8("v"), PutOptions.DEFAULT, 1_000, Version.of(1, 1));
    model.advanceTo(999);
    assertArrayEquals(utf8("v"), model.get("b", KEY));
    model.advanceTo(1_000);
    assertNull(model.get("b", KEY));
    assertEquals(Change.Kind.EXPIRE, model.changes().getLast().kind());
  }

  @Test
  void aStateAfterACrashIsFoundOrRefuted() {
    var options = ConnectionOptions.of("reference", "model");
    try (var connection = ReferenceConnection.open(options, Set.of(), Defect.NONE)) {
      var model = new ModelStore();
      var writer = connection.store("b").writer();
      model.put("b", KEY, utf8("1"), writer.put(KEY, utf8("1")));
      var batch = new WriteBatch().put(utf8("x"), utf8("1")).put(utf8("y"), utf8("1"));
      model.apply("b", batch, connection.store("b").batch().apply(batch));
      model.assertHeldBy(connection);
      assertEquals(3, model.matching(connection, 1));
      model.put("b", KEY, utf8("lost"), Version.of(9, 9));
      assertEquals(3, model.matching(connection, 3), "the last write was not acknowledged");
      assertThrows(
          AssertionError.class,
          () -> model.matching(connection, 4),
          "an acknowledged write is missing");
      writer.delete(utf8("y"));
      assertThrows(AssertionError.class, () -> model.matching(connection, 0), "half a batch");
    }
    ReferenceConnection.forget(options);
  }
}
