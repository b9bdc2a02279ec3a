package dev.kvist.bench.work;

import dev.kvist.bench.fleet.FleetClient;
import dev.kvist.bench.fleet.FleetClient.Swap;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a thread asks of a server, on random keys.
 *
 * @param round seeds what is random, with the number of the thread
 */
record FleetCalls(FleetClient client, FleetData data, int round) {
  private static final int KEYS_OF_A_CALL = 500;
  private static final int BURST = 16;

  private SplittableRandom random(int thread) {
    return new SplittableRandom(Data.mix(31L * round + thread));
  }

  Crew.Burst get(int thread) {
    SplittableRandom random = random(thread);
    return () -> {
      for (int i = 0; i < BURST; i++) {
        int number = random.nextInt(data.entries());
        data.check(number, client.get(data.key(number)));
      }
      return BURST;
    };
  }

  Crew.Burst multiGet(int thread) {
    SplittableRandom random = random(thread);
    int[] numbers = new int[KEYS_OF_A_CALL];
    return () -> {
      var keys = new ArrayList<byte[]>(numbers.length);
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = random.nextInt(data.entries());
        keys.add(data.key(numbers[i]));
      }
      List<byte @Nullable []> values = client.getAll(keys);
      for (int i = 0; i < numbers.length; i++) {
        data.check(numbers[i], values.get(i));
      }
      return numbers.length;
    };
  }

  Crew.Burst put(int thread) {
    SplittableRandom random = random(thread);
    return () -> {
      for (int i = 0; i < BURST; i++) {
        int number = random.nextInt(data.entries());
        client.put(data.key(number), data.value(number));
      }
      return BURST;
    };
  }

  /** Several keys in turn, each with the version that its last overwrite gave. */
  Crew.Burst swap(int thread) {
    int[] numbers = random(thread).ints(BURST, 0, data.entries()).distinct().toArray();
    var swaps = new ArrayList<Swap>();
    try {
      for (int number : numbers) {
        swaps.add(client.swap(data.key(number)));
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return () -> {
      for (int i = 0; i < numbers.length; i++) {
        swaps.get(i).value(data.value(numbers[i]));
      }
      return numbers.length;
    };
  }
}
