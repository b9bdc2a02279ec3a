package dev.kvist.tck;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What one file of a {@link SimulatedDisk} holds: an inode, with what the process sees of it and
 * what the device has. The disk guards it.
 *
 * <pre>
 *   cache     what memory() shows; a kill leaves it whole
 *   believed  what the kernel takes the device to have; differs from device after a failed force
 *   device    what a power loss leaves, up to deviceSize
 * </pre>
 *
 * A sector is dirty when cache and believed differ in it. So no store has to be intercepted, and a
 * sector that a failed force has wrongly marked clean stays lost until it is stored again.
 */
final class SimulatedContent {
  static final int SECTOR_BYTES = 512;

  private static final Cleaner CLEANER = Cleaner.create();
  private static final long ALIGNMENT_BYTES = 64;

  final long number;

  private byte[] device;
  private byte @Nullable [] believed;
  private int deviceSize;

  /** The cache of a file that is not open, or whose process is dead; else null. */
  private byte @Nullable [] resting;

  private @Nullable MemorySegment mapped;
  private Cleaner.@Nullable Cleanable unmap;
  private int handles;

  SimulatedContent(long number, byte[] cache, byte[] device, int deviceSize) {
    this.number = number;
    this.resting = cache;
    this.device = device;
    this.deviceSize = deviceSize;
  }

  int size() {
    return device.length;
  }

  boolean isOpen() {
    return handles > 0;
  }

  /** Maps it, or gives the mapping that is there. */
  MemorySegment open() {
    handles++;
    if (mapped == null) {
      byte[] bytes = cache();
      var arena = Arena.ofShared();
      mapped = arena.allocate(bytes.length, ALIGNMENT_BYTES);
      MemorySegment.copy(bytes, 0, mapped, ValueLayout.JAVA_BYTE, 0, bytes.length);
      // A dead process closes nothing: then the arena goes with the content.
      unmap = CLEANER.register(this, arena::close);
      resting = null;
    }
    return mapped;
  }

  void close() {
    handles--;
    if (handles == 0 && unmap != null) {
      freeze();
      mapped = null;
      unmap.clean();
    }
  }

  /** Keeps the cache as it is now, whatever is stored in the mapping afterwards. */
  void freeze() {
    resting = cache();
  }

  /** Changes the size; bytes beyond the old one are zero. What the device has of it stays. */
  void resize(int size) {
    resting = Arrays.copyOf(cache(), size);
    device = Arrays.copyOf(device, size);
    believed = believed == null ? null : Arrays.copyOf(believed, size);
    deviceSize = Math.min(deviceSize, size);
  }

  /** Brings every dirty sector of the range to the device. */
  void force(long offset, long length) {
    for (int sector = first(offset); sector < end(offset, length); sector++) {
      if (isDirty(sector)) {
        persist(sector);
      }
    }
    if (length > 0) {
      deviceSize = Math.max(deviceSize, boundary(end(offset, length)));
    }
  }

  /** Brings some of the dirty sectors of the range to the device. */
  void evict(long offset, long length, SplittableRandom random) {
    for (int sector = first(offset); sector < end(offset, length); sector++) {
      if (random.nextBoolean() && isDirty(sector)) {
        persist(sector);
      }
    }
  }

  /** A force that fails: some sectors arrive, and the others pass for clean from now on. */
  void failToForce(long offset, long length, SplittableRandom random) {
    evict(offset, length, random);
    byte[] wrong = believed == null ? device.clone() : believed;
    for (int sector = first(offset); sector < end(offset, length); sector++) {
      if (isDirty(sector)) {
        copyOut(sector, wrong);
      }
    }
    believed = wrong;
  }

  /** Those bytes were stored, maybe as they had been: then the kernel learns anew what is dirty. */
  void stored(long offset, long length) {
    if (believed != null) {
      int from = boundary(first(offset));
      System.arraycopy(device, from, believed, from, boundary(end(offset, length)) - from);
    }
  }

  void flipBit(long offset, int bit) throws IOException {
    if (offset >= size()) {
      throw new IOException("the file has no byte " + offset);
    }
    int index = (int) offset;
    byte mask = (byte) (1 << bit);
    device[index] ^= mask;
    if (believed != null) {
      believed[index] ^= mask;
    }
    if (mapped != null) {
      mapped.set(
          ValueLayout.JAVA_BYTE, index, (byte) (mapped.get(ValueLayout.JAVA_BYTE, index) ^ mask));
    }
    if (resting != null) {
      resting[index] ^= mask;
    }
  }

  /** What a new process on the same boot finds. */
  SimulatedContent afterKill() {
    var after = new SimulatedContent(number, cache(), device.clone(), deviceSize);
    after.believed = believed == null ? null : believed.clone();
    return after;
  }

  /**
   * What a new boot finds: the device, with each dirty sector in its old or its new state, and cut
   * somewhere when its size had not arrived yet.
   *
   * @param survival the probability that a dirty sector made it, from 0 to 1
   */
  SimulatedContent afterPowerLoss(double survival, SplittableRandom random) {
    byte[] left = Arrays.copyOf(device, sizeAfterPowerLoss(survival, random));
    for (int sector = 0; sector * SECTOR_BYTES < left.length; sector++) {
      if (isDirty(sector) && random.nextDouble() < survival) {
        copyOut(sector, left);
      }
    }
    return new SimulatedContent(number, left, left.clone(), left.length);
  }

  private int sizeAfterPowerLoss(double survival, SplittableRandom random) {
    if (deviceSize == size() || survival <= 0) {
      return deviceSize;
    }
    if (survival >= 1 || random.nextDouble() < survival) {
      return size();
    }
    int sectors = random.nextInt(deviceSize / SECTOR_BYTES, size() / SECTOR_BYTES + 1);
    return Math.max(deviceSize, boundary(sectors));
  }

  private boolean isDirty(int sector) {
    int from = boundary(sector);
    int to = boundary(sector + 1);
    byte[] clean = believed == null ? device : believed;
    if (resting != null) {
      return !Arrays.equals(resting, from, to, clean, from, to);
    }
    return MemorySegment.mismatch(live(), from, to, MemorySegment.ofArray(clean), from, to) >= 0;
  }

  private void persist(int sector) {
    copyOut(sector, device);
    if (believed != null) {
      copyOut(sector, believed);
    }
    deviceSize = Math.max(deviceSize, boundary(sector + 1));
  }

  /** Copies what the cache has of a sector, as far as {@code to} reaches. */
  private void copyOut(int sector, byte[] to) {
    int from = boundary(sector);
    int length = Math.min(boundary(sector + 1), to.length) - from;
    if (resting != null) {
      System.arraycopy(resting, from, to, from, length);
    } else {
      MemorySegment.copy(live(), ValueLayout.JAVA_BYTE, from, to, from, length);
    }
  }

  private byte[] cache() {
    return resting != null ? resting.clone() : live().toArray(ValueLayout.JAVA_BYTE);
  }

  private MemorySegment live() {
    if (mapped == null) {
      throw new IllegalStateException("neither open nor at rest");
    }
    return mapped;
  }

  /** Where a sector begins; the end of the file for those beyond it. */
  private int boundary(int sector) {
    return (int) Math.min((long) sector * SECTOR_BYTES, size());
  }

  private static int first(long offset) {
    return (int) (offset / SECTOR_BYTES);
  }

  private static int end(long offset, long length) {
    return (int) ((offset + length + SECTOR_BYTES - 1) / SECTOR_BYTES);
  }
}
