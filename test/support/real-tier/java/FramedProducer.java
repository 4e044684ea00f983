import java.io.DataInputStream;
import java.io.EOFException;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends what it reads from standard input: per message the key's length and bytes, then the value's, where a length
 * of -1 is null. Arguments: brokers, topic. Prints how many the broker has acknowledged.
 */
public final class FramedProducer {
  public static void main(String[] arguments) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", arguments[0], "acks", "all", "linger.ms", 5);
    var input = new DataInputStream(new java.io.BufferedInputStream(System.in));
    var sent = new ArrayList<Future<RecordMetadata>>();
    try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      while (true) {
        int keyLength;
        try {
          keyLength = input.readInt();
        } catch (EOFException end) {
          break;
        }
        byte[] key = read(input, keyLength);
        byte[] value = read(input, input.readInt());
        sent.add(producer.send(new ProducerRecord<>(arguments[1], key, value)));
      }
      for (Future<RecordMetadata> result : sent) result.get();
    }
    System.out.println(sent.size());
  }

  private static byte[] read(DataInputStream input, int length) throws java.io.IOException {
    if (length < 0) return null;
    byte[] bytes = new byte[length];
    input.readFully(bytes);
    return bytes;
  }
}
