package dev.kvist;

/** Where a bucket is kept. */
public enum StorageType {
  /** On disk. */
  FILE,
  /** In memory: gone with the process or server. */
  MEMORY
}
