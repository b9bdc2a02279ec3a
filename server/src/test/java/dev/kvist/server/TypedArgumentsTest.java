package dev.kvist.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How typed words come through whatever the locale is. */
final class TypedArgumentsTest {
  @Test
  void wordsEndWithAZeroByte() throws IOException {
    byte[] line = "java\0-cp\0\0Main\0put\0grüße 🙂\0".getBytes(StandardCharsets.UTF_8);
    assertEquals(List.of("java", "-cp", "", "Main", "put", "grüße 🙂"), TypedArguments.split(line));
  }

  @Test
  void otherBytesAreRefused() {
    byte[] line = {'a', 0, (byte) 0xFF, 0};
    assertThrows(CharacterCodingException.class, () -> TypedArguments.split(line));
  }

  @Test
  void asciiIsTakenAsItIs() {
    assertEquals(List.of("put", "a", "1"), TypedArguments.of(new String[] {"put", "a", "1"}));
  }
}
