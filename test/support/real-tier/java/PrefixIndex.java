import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An index that is not unique, which the library has none of: it would look at every document. Serves queries that name values of its
 * first field or of its first two, and an `$or` whose branches all do so of some index of the collection. Knows no order; further
 * conditions are checked on what it finds.
 */
final class PrefixIndex<P> extends Index<P> {
  private static final int LONGEST = 2;

  private final CopyOnWriteArrayList<PrefixIndex<P>> siblings;
  private final List<Map<KeyValue, Map<Object, P>>> byPrefix = new ArrayList<>();
  private final List<String> fields;

  /** `siblings` are those of the same collection; this one is among them as soon as it holds something. */
  PrefixIndex(String name, List<IndexKey> keys, CopyOnWriteArrayList<PrefixIndex<P>> siblings) {
    // What the library calls sparse may lack documents.
    super(name, keys, true);
    this.siblings = siblings;
    fields = keys().subList(0, Math.min(LONGEST, keys.size()));
    for (int length = 1; length <= fields.size(); length += 1) byPrefix.add(new ConcurrentHashMap<>());
  }

  @Override
  public boolean canHandle(Document query) {
    PrefixIndex<P> best = best(query);
    if (best != null) return best == this;
    return !siblings.isEmpty() && siblings.get(0) == this && branches(query) != null;
  }

  @Override
  public Iterable<P> getPositions(Document query) {
    Set<P> positions = new LinkedHashSet<>();
    List<Document> branches = best(query) == null ? branches(query) : List.of(query);
    for (Document branch : branches) best(branch).find(branch, positions);
    return positions;
  }

  /** The index that knows most of what a query names; null where none knows anything. */
  private PrefixIndex<P> best(Document query) {
    PrefixIndex<P> best = null;
    for (PrefixIndex<P> each : siblings) {
      if (each.known(query) > (best == null ? 0 : best.known(query))) best = each;
    }
    return best;
  }

  /** Those of a query's `$or`; null where it has none, or one that no index serves. */
  private List<Document> branches(Document query) {
    if (!(query.get("$or") instanceof Collection<?> or) || or.isEmpty()) return null;
    List<Document> branches = new ArrayList<>();
    for (Object branch : or) {
      if (!(branch instanceof Document document) || best(document) == null) return null;
      branches.add(document);
    }
    return branches;
  }

  private int known(Document query) {
    int length = 0;
    while (length < fields.size() && values(query.get(fields.get(length))) != null) length += 1;
    return length;
  }

  /** What a condition says a field may be; null where that is not a list of plain values. */
  private static Collection<?> values(Object condition) {
    if (isPlain(condition)) return List.of(condition);
    boolean isList = condition instanceof Document document && document.keySet().equals(Set.of("$in"));
    if (!isList || !(((Document) condition).get("$in") instanceof Collection<?> values)) return null;
    return values.stream().allMatch(PrefixIndex::isPlain) ? values : null;
  }

  private static boolean isPlain(Object value) {
    return value instanceof String || value instanceof Number || value instanceof Boolean;
  }

  private void find(Document query, Set<P> positions) {
    int length = known(query);
    List<List<Object>> tuples = List.of(List.of());
    for (String field : fields.subList(0, length)) {
      List<List<Object>> longer = new ArrayList<>();
      for (List<Object> tuple : tuples)
        for (Object value : values(query.get(field))) longer.add(append(tuple, value));
      tuples = longer;
    }
    Map<KeyValue, Map<Object, P>> entries = byPrefix.get(length - 1);
    for (List<Object> tuple : tuples) {
      Map<Object, P> found = entries.get(new KeyValue(tuple).normalized());
      if (found != null) positions.addAll(found.values());
    }
  }

  private static List<Object> append(List<Object> tuple, Object value) {
    List<Object> longer = new ArrayList<>(tuple);
    longer.add(value);
    return longer;
  }

  /** The beginnings of a document's keys, of one length: several where a field is a list. */
  private Set<KeyValue> prefixes(Document document, int length) {
    Set<KeyValue> prefixes = new LinkedHashSet<>();
    for (KeyValue key : getKeyValues(document)) {
      List<Object> tuple = new ArrayList<>();
      for (int at = 0; at < length; at += 1) tuple.add(key.get(at));
      prefixes.add(new KeyValue(tuple));
    }
    return prefixes;
  }

  @Override
  public void add(Document document, P position, MongoCollection<P> collection) {
    siblings.addIfAbsent(this);
    for (int length = 1; length <= fields.size(); length += 1) {
      for (KeyValue prefix : prefixes(document, length))
        byPrefix.get(length - 1)
            .computeIfAbsent(prefix, key -> new ConcurrentHashMap<>())
            .put(document.get("_id"), position);
    }
  }

  @Override
  public P remove(Document document) {
    P position = null;
    for (int length = 1; length <= fields.size(); length += 1) {
      Map<KeyValue, Map<Object, P>> entries = byPrefix.get(length - 1);
      for (KeyValue prefix : prefixes(document, length)) {
        Map<Object, P> found = entries.get(prefix);
        if (found == null) continue;
        position = found.remove(document.get("_id"));
        if (found.isEmpty()) entries.remove(prefix);
      }
    }
    return position;
  }

  @Override
  public void updateInPlace(Document before, Document after, P position, MongoCollection<P> collection) {
    if (nullAwareEqualsKeys(before, after)) return;
    remove(before);
    add(after, position, collection);
  }

  @Override
  public void drop() {
    siblings.remove(this);
  }

  @Override
  public P getPosition(Document document) {
    return null;
  }

  @Override
  public void checkAdd(Document document, MongoCollection<P> collection) {}

  @Override
  public void checkUpdate(Document before, Document after, MongoCollection<P> collection) {}

  @Override
  public boolean isUnique() {
    return false;
  }

  @Override
  public long getCount() {
    return byPrefix.get(0).values().stream().mapToLong(Map::size).sum();
  }

  @Override
  public long getDataSize() {
    return getCount();
  }
}
