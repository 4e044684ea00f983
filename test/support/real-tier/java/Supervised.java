import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Runs another class's main and ends this JVM as soon as standard input closes, so that a server never outlives
 * the test run that started it, however that run ended. With -Dsupervised.scratch=DIR, that folder goes too.
 */
public final class Supervised {
  public static void main(String[] arguments) throws Exception {
    Thread watch = new Thread(Supervised::endWithStandardInput, "supervised-stdin");
    watch.setDaemon(true);
    watch.start();
    String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
    try {
      Class.forName(arguments[0]).getMethod("main", String[].class).invoke(null, (Object) rest);
    } catch (java.lang.reflect.InvocationTargetException failed) {
      // Threads that the server has already started would keep the JVM up, serving nothing.
      failed.getCause().printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private static void endWithStandardInput() {
    try {
      System.in.transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException closed) {
      // A broken pipe means the same as its end: nobody is there any more.
    }
    String scratch = System.getProperty("supervised.scratch");
    if (scratch != null) deleteScratch(Path.of(scratch));
    Runtime.getRuntime().halt(0);
  }

  /** The server still writes while its folder goes, hence the second and third try. */
  private static void deleteScratch(Path folder) {
    for (int attempt = 0; attempt < 3 && Files.exists(folder); attempt++) {
      try (var paths = Files.walk(folder)) {
        paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
      } catch (IOException | java.io.UncheckedIOException changedMeanwhile) {
        // The next attempt walks what is left.
      }
    }
  }
}
