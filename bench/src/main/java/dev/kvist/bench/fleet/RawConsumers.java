package dev.kvist.bench.fleet;

import io.nats.client.Connection;
import io.nats.client.ConsumeOptions;
import io.nats.client.Dispatcher;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.OrderedConsumerContext;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.StreamContext;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.OrderedConsumerConfiguration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The last message of every key, without anything above the server's messages: nothing is decoded.
 * They end at the number of keys, so the bucket has neither markers nor a writer.
 */
final class RawConsumers {
  private static final int PULL_MESSAGES = 5_000;
  private static final int FLOW_CONTROL_MILLIS = 1_000;
  private static final int PATIENCE_SECONDS = 60;

  private final Connection connection;
  private final String streamName;
  private final String subjects;

  RawConsumers(Connection connection, String bucket) {
    this.connection = connection;
    streamName = "KV_" + bucket;
    subjects = "$KV." + bucket + ".>";
  }

  private long keys(StreamContext stream) throws Exception {
    return stream.getStreamInfo().getStreamState().getMsgCount();
  }

  /** Pushed to a dispatcher, in order, with flow control. */
  long push(boolean headersOnly, Consumer<byte[]> values) throws Exception {
    StreamContext stream = connection.getStreamContext(streamName);
    long keys = keys(stream);
    var got = new AtomicLong();
    var ended = new CountDownLatch(1);
    Dispatcher dispatcher = connection.createDispatcher();
    try {
      JetStreamSubscription subscription =
          connection
              .jetStream()
              .subscribe(
                  subjects,
                  dispatcher,
                  message -> {
                    values.accept(message.getData());
                    if (got.incrementAndGet() == keys) {
                      ended.countDown();
                    }
                  },
                  false,
                  pushed(headersOnly));
      if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("a pushed consumer gave " + got + " of " + keys);
      }
      // It would stay for seconds, and take the server's time.
      stream.deleteConsumer(subscription.getConsumerName());
    } finally {
      connection.closeDispatcher(dispatcher);
    }
    return got.get();
  }

  private PushSubscribeOptions pushed(boolean headersOnly) {
    return PushSubscribeOptions.builder().stream(streamName)
        .ordered(true)
        .configuration(
            ConsumerConfiguration.builder()
                .deliverPolicy(DeliverPolicy.LastPerSubject)
                .headersOnly(headersOnly)
                .flowControl(FLOW_CONTROL_MILLIS)
                .build())
        .build();
  }

  /** Asked for in batches, in order. */
  long pull(boolean headersOnly, Consumer<byte[]> values) throws Exception {
    StreamContext stream = connection.getStreamContext(streamName);
    long keys = keys(stream);
    var configuration =
        new OrderedConsumerConfiguration()
            .deliverPolicy(DeliverPolicy.LastPerSubject)
            .filterSubject(subjects)
            .headersOnly(headersOnly);
    long got = 0;
    OrderedConsumerContext consumer = stream.createOrderedConsumer(configuration);
    try (IterableConsumer messages =
        consumer.iterate(ConsumeOptions.builder().batchSize(PULL_MESSAGES).build())) {
      while (got < keys) {
        @Nullable Message message = messages.nextMessage(PATIENCE_SECONDS * 1_000L);
        if (message == null) {
          throw new IllegalStateException("a pulled consumer gave " + got + " of " + keys);
        }
        values.accept(message.getData());
        got++;
      }
      @Nullable String name = consumer.getConsumerName();
      if (name != null) {
        stream.deleteConsumer(name);
      }
    }
    return got;
  }
}
