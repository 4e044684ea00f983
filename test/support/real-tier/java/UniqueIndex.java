import de.bwaldvogel.mongo.backend.AbstractUniqueIndex;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.bson.Document;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;

/**
 * A unique index that also serves a query with further conditions, as MongoDB's do. The library's serves only a query of exactly
 * its own fields, so a compare-and-set by id and revision would look at every document. The conditions that are left are checked
 * on what the index finds.
 */
final class UniqueIndex<P> extends AbstractUniqueIndex<P> {
  private final ConcurrentMap<KeyValue, P> positions;

  UniqueIndex(ConcurrentMap<KeyValue, P> positions, String name, List<IndexKey> keys, boolean sparse) {
    super(name, keys, sparse);
    this.positions = positions;
  }

  @Override
  public synchronized boolean canHandle(Document query) {
    Document own = new Document();
    for (String key : keys()) {
      if (!query.containsKey(key)) return false;
      own.put(key, query.get(key));
    }
    return super.canHandle(own);
  }

  @Override
  protected P removeDocument(KeyValue keyValue) {
    return positions.remove(keyValue);
  }

  @Override
  protected boolean putKeyPosition(KeyValue keyValue, P position) {
    return positions.putIfAbsent(keyValue, position) == null;
  }

  @Override
  protected Iterable<Map.Entry<KeyValue, P>> getIterable() {
    return positions.entrySet();
  }

  @Override
  protected P getPosition(KeyValue keyValue) {
    return positions.get(keyValue);
  }

  @Override
  public long getCount() {
    return positions.size();
  }

  @Override
  public boolean isEmpty() {
    return positions.isEmpty();
  }

  @Override
  public long getDataSize() {
    return getCount();
  }
}
