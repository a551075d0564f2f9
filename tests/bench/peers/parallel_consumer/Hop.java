import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelConsumerOptions.ProcessingOrder;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Confluent's Parallel Consumer in key order: BOOTSTRAP SOURCE TARGET CONCURRENCY WORK_MS. */
public final class Hop {
    public static void main(String[] arguments) {
        String target = arguments[2];
        long workMs = Long.parseLong(arguments[4]);
        Map<String, Object> reading = Map.of(
            "bootstrap.servers", arguments[0],
            "group.id", target + "-hop",
            "auto.offset.reset", "earliest",
            "enable.auto.commit", "false");
        Map<String, Object> writing = Map.of(
            "bootstrap.servers", arguments[0], "acks", "all", "enable.idempotence", "true", "linger.ms", "2");
        var options = ParallelConsumerOptions.<byte[], byte[]>builder()
            .ordering(ProcessingOrder.KEY)
            .maxConcurrency(Integer.parseInt(arguments[3]))
            .consumer(new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer()))
            .producer(new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer()))
            .build();
        ParallelStreamProcessor<byte[], byte[]> processor = ParallelStreamProcessor.createEosStreamProcessor(options);
        processor.subscribe(List.of(arguments[1]));
        processor.pollAndProduce(context -> {
            work(workMs);
            return new ProducerRecord<>(target, context.key(), context.value());
        });
    }

    private static void work(long milliseconds) {
        try {
            if (milliseconds > 0) {
                Thread.sleep(milliseconds);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
