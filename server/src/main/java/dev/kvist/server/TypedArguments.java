package dev.kvist.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The arguments as they were typed, in UTF-8.
 *
 * <p>In a locale without UTF-8, such as that of most containers, Java replaces every other
 * character of its arguments, and a key would be stored under a wrong name. Linux keeps the bytes.
 */
final class TypedArguments {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

  private TypedArguments() {}

  /**
   * The words that were typed, where {@code args} is what Java made of them.
   *
   * @throws IllegalArgumentException when one is not UTF-8
   */
  static List<String> of(String[] args) {
    if (Arrays.stream(args).allMatch(TypedArguments::isAscii)) {
      return List.of(args);
    }
    try {
      List<String> words = split(Files.readAllBytes(COMMAND_LINE));
      return words.size() < args.length
          ? List.of(args)
          : words.subList(words.size() - args.length, words.size());
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("an argument is not UTF-8; write its bytes as \\xHH", e);
    } catch (IOException e) {
      // No Linux: what Java made of them is the best there is.
      return List.of(args);
    }
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  /** The words of a command line, each of which ends with a zero byte. */
  static List<String> split(byte[] line) throws IOException {
    var words = new ArrayList<String>();
    int start = 0;
    for (int i = 0; i < line.length; i++) {
      if (line[i] == 0) {
        words.add(
            StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(line, start, i - start))
                .toString());
        start = i + 1;
      }
    }
    return words;
  }
}
