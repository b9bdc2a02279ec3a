package dev.kvist.simple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvist.spi.LogDirectory;
import dev.kvist.spi.LogFile;
import dev.kvist.tck.LogDirectoryContract;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

final class MemoryDirectoryTest implements LogDirectoryContract {
  @Override
  public LogDirectory newDirectory() {
    return new MemoryDirectory();
  }

  @Test
  void nothingLimitsItAndNothingOutlivesIt() throws IOException {
    try (var directory = new MemoryDirectory()) {
      assertEquals(Long.MAX_VALUE, directory.freeBytes());
      assertNull(directory.bootId());
      assertEquals("memory", directory.location());
    }
  }

  @Test
  void theDirectoryFreesWhatItStillHas() throws IOException {
    var directory = new MemoryDirectory();
    LogFile closed = directory.create("closed", 64);
    MemorySegment memory = closed.memory();
    closed.close();
    memory.get(ValueLayout.JAVA_BYTE, 0);
    directory.close();
    assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void aFileOfNoDirectoryFreesItself() throws IOException {
    LogFile file = IndexChunks.inMemory(0);
    MemorySegment memory = file.memory();
    assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, IndexLayout.CHUNK_BYTES - 1));
    file.close();
    assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void aRenameFreesWhatItReplaces() throws IOException {
    try (var directory = new MemoryDirectory()) {
      LogFile target = directory.create("b", 64);
      MemorySegment memory = target.memory();
      directory.create("a", 64).close();
      directory.rename("a", "b");
      memory.get(ValueLayout.JAVA_BYTE, 0);
      target.close();
      assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
    }
  }

  @Test
  void memoryThatIsNotThereIsAnIoFailure() throws IOException {
    try (var directory = new MemoryDirectory()) {
      var failure =
          assertThrows(IOException.class, () -> directory.create("wal/huge", Long.MAX_VALUE / 4));
      assertTrue(failure.toString().contains("wal/huge"), failure.toString());
      assertTrue(directory.list("wal").isEmpty());
    }
  }
}
