package dev.kvist.spi;

import dev.kvist.Kvist;
import java.util.Collection;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules for bucket names and keys (K1), and help with names that were mistyped. */
public final class Names {
  /** Reserved: where {@code Kv} and {@code Filters} keep what has no bucket of its own. */
  public static final String DEFAULT_BUCKET = "default";

  private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]{0,63}");

  private Names() {}

  /**
   * Returns a legal bucket name.
   *
   * @throws IllegalArgumentException when it is not legal
   */
  public static String checkBucket(String bucket) {
    Objects.requireNonNull(bucket, "bucket");
    if (!BUCKET.matcher(bucket).matches()) {
      throw new IllegalArgumentException(
          "'"
              + dev.kvist.KeyText.print(Kvist.utf8(bucket))
              + "' is no bucket name: use 1 to 64 of A-Z a-z 0-9 _ -, not starting with -");
    }
    return bucket;
  }

  /**
   * Checks a key's length.
   *
   * @throws IllegalArgumentException when it is empty or over {@code maxKeySize}
   */
  public static void checkKey(byte[] key, int maxKeySize) {
    Objects.requireNonNull(key, "key");
    if (key.length == 0 || key.length > maxKeySize) {
      throw new IllegalArgumentException(
          "a key has 1 to " + maxKeySize + " bytes, and this one has " + key.length);
    }
  }

  /** The known name that a mistyped one is nearest to; null when none is near. */
  public static @Nullable String nearest(String name, Collection<String> known) {
    @Nullable String best = null;
    int bestDistance = Math.max(2, name.length() / 2);
    for (String candidate : known) {
      int distance = distance(name, candidate);
      // Two letters of three are another word, unless it begins alike.
      boolean alike = 2 * distance <= name.length() || candidate.startsWith(name.substring(0, 1));
      if (alike && distance <= bestDistance && (best == null || distance < bestDistance)) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  }

  /** How many single-character edits lie between two words (Levenshtein). */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
      }
      int[] swap = previous;
      previous = current;
      current = swap;
    }
    return previous[b.length()];
  }
}
