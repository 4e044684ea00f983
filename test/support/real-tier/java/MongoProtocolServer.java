import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.h2.mvstore.MVStore;

/** A server that speaks MongoDB's protocol. Arguments: port (0 = any free one), optionally the file to keep data in. */
public final class MongoProtocolServer {
  public static void main(String[] arguments) {
    MongoBackend backend = arguments.length > 1 ? new DurableBackend(arguments[1]) : new VolatileBackend();
    MongoServer server = new MongoServer(backend.version(new Version5()));
    server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    System.out.println("MongoDB protocol on 127.0.0.1:" + server.getLocalAddress().getPort());
  }

  /** The driver refuses servers below wire version 9. */
  private static final class Version5 implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(5, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 9;
    }
  }

  private static final class VolatileBackend extends MemoryBackend {
    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
      Map<String, CopyOnWriteArrayList<PrefixIndex<Integer>>> secondary = new ConcurrentHashMap<>();
      return new MemoryDatabase(name, getCursorRegistry()) {
        @Override
        protected Index<Integer> openOrCreateUniqueIndex(
            String collection, String index, List<IndexKey> keys, boolean sparse) {
          return new UniqueIndex<>(new ConcurrentHashMap<>(), index, keys, sparse);
        }

        @Override
        protected Index<Integer> openOrCreateSecondaryIndex(
            String collection, String index, List<IndexKey> keys, boolean sparse) {
          return new PrefixIndex<>(
              index, keys, secondary.computeIfAbsent(collection, key -> new CopyOnWriteArrayList<>()));
        }
      };
    }
  }

  /**
   * Keeps the promise of a majority write concern with a journal: a write is in the file before it is acknowledged,
   * and a process killed at any moment finds its file as it was between two writes, never in the midst of one.
   */
  private static final class DurableBackend extends H2Backend {
    private static final Set<String> READS =
        Set.of(
            "aggregate", "buildinfo", "count", "distinct", "endsessions", "find", "getmore", "hello", "ismaster",
            "killcursors", "listcollections", "listdatabases", "listindexes", "ping", "serverstatus");
    private final Object writing = new Object();

    DurableBackend(String file) {
      super(new MVStore.Builder().fileName(file).autoCommitDisabled().open());
    }

    @Override
    protected MongoDatabase openOrCreateDatabase(String name) {
      return new H2Database(name, getMvStore(), getCursorRegistry()) {
        @Override
        protected Index<Object> openOrCreateUniqueIndex(
            String collection, String index, List<IndexKey> keys, boolean sparse) {
          String map = getFullCollectionNamespace(collection) + "._index_" + index;
          return new UniqueIndex<>(getMvStore().openMap(map), index, keys, sparse);
        }
      };
    }

    @Override
    public Document handleMessage(MongoMessage message) {
      String command = message.getDocument().keySet().iterator().next();
      if (READS.contains(command.toLowerCase(java.util.Locale.ROOT))) return super.handleMessage(message);
      synchronized (writing) {
        try {
          return super.handleMessage(message);
        } finally {
          commit();
        }
      }
    }
  }
}
