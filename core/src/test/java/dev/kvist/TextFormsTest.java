package dev.kvist;

import static dev.kvist.Kvist.utf8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What a log or a debugger shows of the types of the API. */
final class TextFormsTest {
  @Test
  void aBatchShowsNeitherKeysNorValues() {
    var batch = new WriteBatch().put(utf8("key"), utf8("secret")).delete(utf8("other"));
    assertEquals("WriteBatch of 2 operations, 14 bytes", batch.toString());
  }

  @Test
  void aRangeShowsTheConditionsThatThereAre() {
    assertEquals("all keys", KeyRange.all().toString());
    assertEquals(
        "prefix user: from user:a to user:\\xFF limit 10 reversed",
        KeyRange.prefix(utf8("user:"))
            .from(utf8("user:a"))
            .to(new byte[] {'u', 's', 'e', 'r', ':', -1})
            .limit(10)
            .reversed()
            .toString());
  }

  @Test
  void capabilitiesShowEachWithItsSupport() {
    String text =
        Capabilities.builder()
            .natively(Capability.CAS)
            .emulated(Capability.TTL, "costs a read")
            .limits(1024, 5, 3)
            .durability("nothing survives")
            .build()
            .toString();
    assertTrue(text.contains("cas native, "), text);
    assertTrue(text.contains("ttl emulated, "), text);
    assertTrue(text.contains("purge absent, "), text);
    assertTrue(text.endsWith("values to 5 bytes, batches to 3 operations, nothing survives"), text);
  }

  @Test
  void anOwnerIsToldWhatToDo() {
    long own = ProcessHandle.current().pid();
    assertEquals(
        "data is in use by this process (pid "
            + own
            + "); close it there first, or share the Connection that is open",
        new KvException.AlreadyOwned("data", own).getMessage());
    assertEquals(
        "data is in use by another process; close it there first",
        new KvException.AlreadyOwned("data", -1).getMessage());
    assertFalse(
        String.valueOf(new KvException.AlreadyOwned("data", own + 1).getMessage())
            .contains("share"));
  }
}
