package dev.kvist.metrics;

import dev.kvist.KvObserver.Operation;

/** What has meters of its own. */
record Series(String bucketTag, Operation operation) {}
