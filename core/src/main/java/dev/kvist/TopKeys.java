package dev.kvist;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The keys that are used most, and the largest, among those that a connection was asked for since
 * it was opened: an observer with two sketches of bounded memory. It belongs to who asks for it:
 *
 * <pre>{@code
 * var top = new TopKeys(1_000);
 * Connection connection = Kvist.open(options.withObserver(top));
 * ...
 * for (TopKeys.Ranked key : top.byCount(10)) ...
 * }</pre>
 *
 * <p>For many threads. It costs an operation little: accesses are a sample of one in {@link
 * KvObserver#SAMPLE_EVERY}, and a write of a key that is not among the largest looks at a few bits.
 */
public final class TopKeys implements KvObserver {
  /** One key with its amount. Its text form has a hash in place of the key. */
  public static final class Ranked {
    private final String bucket;
    private final byte[] key;
    private final long amount;
    private final long error;

    Ranked(String bucket, byte[] key, long amount, long error) {
      this.bucket = bucket;
      this.key = key.clone();
      this.amount = amount;
      this.error = error;
    }

    /** Its bucket. */
    public String bucket() {
      return bucket;
    }

    /**
     * The key itself, which may be personal data: show {@link #fingerprint} where it need not be.
     */
    public byte[] key() {
      return key.clone();
    }

    /** What stands for the key, see {@link TopKeys#fingerprint}. */
    public String fingerprint() {
      return TopKeys.fingerprint(bucket, key);
    }

    /** Estimated accesses, or bytes of key and value. */
    public long amount() {
      return amount;
    }

    /** By how much {@link #amount} may be too high, apart from the deviation of the sample. */
    public long error() {
      return error;
    }

    @Override
    public String toString() {
      return bucket + "/" + fingerprint() + " " + amount;
    }
  }

  private final FrequentKeys frequent;
  private final LargeKeys large;

  /**
   * Sketches of so many keys each. The ranks at the far end are vague: let it be a hundred times
   * what is asked for.
   */
  public TopKeys(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("a sketch has room for 1 key or more, not " + capacity);
    }
    frequent = new FrequentKeys(capacity);
    large = new LargeKeys(capacity);
  }

  @Override
  public void accessed(Operation operation, String bucket, byte[] key) {
    frequent.add(bucket, key);
  }

  @Override
  public void written(String bucket, byte[] key, long bytes) {
    large.set(bucket, key, bytes);
  }

  /**
   * The keys that were read and written most by their name, scans left out, the first ones first.
   *
   * <p>The algorithm is Space-Saving (Metwally, Agrawal, El Abbadi: Efficient Computation of
   * Frequent and Top-k Elements in Data Streams, ICDT 2005): of N accesses in the sample, each
   * estimate is at most N / capacity too high and never too low, and no key with more than N /
   * capacity is missing. Estimates are given for all accesses, 64 times those of the sample; the
   * sample makes one of c accesses deviate by about 8 √c.
   */
  public List<Ranked> byCount(int most) {
    return frequent.top(most);
  }

  /**
   * The largest of the keys that were written, by the bytes of key and value, the largest first.
   *
   * <p>Exact while as many keys are live as there is room for. Else one is missing that was smaller
   * than all others here when it was written last, although some of those were deleted or
   * overwritten since; and one that expired stays until it is written again.
   */
  public List<Ranked> bySize(int most) {
    return large.top(most);
  }

  /**
   * What stands for a key where it shall not be shown: the first 8 hexadecimal digits of the
   * SHA-256 of bucket, a zero byte, and key. It tells keys apart; who knows the key can compute it.
   */
  public static String fingerprint(String bucket, byte[] key) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bucket.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      return HexFormat.of().formatHex(digest.digest(key), 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
