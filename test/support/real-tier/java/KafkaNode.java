import kafka.tools.StorageTool;

/** Formats the log folder unless it already is, then runs the broker, in one JVM. Arguments: properties, cluster id. */
public final class KafkaNode {
  public static void main(String[] arguments) {
    String properties = arguments[0];
    String[] format = {"format", "--ignore-formatted", "-t", arguments[1], "-c", properties};
    if (StorageTool.execute(format, System.out) != 0) {
      System.out.println("The log folder could not be formatted.");
      Runtime.getRuntime().halt(1);
    }
    kafka.Kafka.main(new String[] {properties});
  }
}
