package dev.kvist;

/** What a bucket does when it has reached its greatest size. */
public enum DiscardPolicy {
  /** Removes the oldest entries. */
  OLD,
  /** Refuses new ones with {@link KvException.StoreFull}. */
  NEW
}
