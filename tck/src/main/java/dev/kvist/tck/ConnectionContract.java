package dev.kvist.tck;

/**
 * The whole suite. A backend's test class implements this, and with it {@link BackendUnderTest}:
 *
 * <pre>{@code
 * class SimpleConformanceTest implements ConnectionContract {
 *   public ConnectionOptions options() {
 *     return ConnectionOptions.of("simple", newDirectory());
 *   }
 *
 *   public void release(ConnectionOptions options) {
 *     deleteDirectory(options.location());
 *   }
 * }
 * }</pre>
 */
public interface ConnectionContract
    extends NamesContract,
        ValueContract,
        ReadContract,
        ScanContract,
        OrderedScanContract,
        WriteContract,
        CasContract,
        BatchContract,
        BulkContract,
        AcrossBucketsContract,
        TtlContract,
        ExpiryWatchContract,
        PurgeContract,
        WatchContract,
        ResumeContract,
        SlowConsumerContract,
        WatchLoadContract,
        BucketContract,
        BucketViewContract,
        FilterContract,
        BloomFilterContract,
        LifecycleContract,
        ThreadContract,
        ConcurrencyContract,
        DurabilityContract {}
