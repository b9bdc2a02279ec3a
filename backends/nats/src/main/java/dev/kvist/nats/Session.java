package dev.kvist.nats;

import dev.kvist.spi.OperationMeters;

/**
 * What the stores of one connection share. For many threads.
 *
 * @param link the way to the servers
 * @param requests questions and answers over it
 * @param api the requests of JetStream
 * @param pages of scans
 * @param plan how buckets are made
 * @param features of the server
 * @param settings as the connection was opened
 * @param meters of what is done
 * @param traffic counts beside these
 * @param watches that are open
 */
record Session(
    Link link,
    Requests requests,
    Api api,
    PageSource pages,
    StreamPlan plan,
    ServerFeatures features,
    Settings settings,
    OperationMeters meters,
    Traffic traffic,
    Watches watches) {}
