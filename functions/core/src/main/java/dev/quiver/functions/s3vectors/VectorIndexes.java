package dev.quiver.functions.s3vectors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quiver.index.Database;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Blob;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.ObjectStore.Precondition;
import dev.quiver.index.store.ObjectStore.PutResult;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The records of indexes, with what a collection does not know: {@code _s3vectors/indexes/<bucket>/<index>/<uid>.json}, with the uid of the collection.
 *
 * <pre>
 * {"version": 1, "creator": "…", "collection": "films_plots", "created": 1763899260000,
 *  "dimension": 384, "metric": "cosine", "nonFilterableMetadataKeys": ["text"]}
 * </pre>
 *
 * An index is there if its collection is and there is a record with that collection's uid. The record is written after the collection, if there is none, and never changed: of several who create an index the one whose record it
 * is has created it. If one dies in between, the next one finds a collection without a record and completes it. Whoever deletes the collection has deleted the index, and the record that is left behind means nothing, also
 * if a collection of the name is created anew.
 */
final class VectorIndexes {
    private static final String FOLDER = "_s3vectors/indexes/";
    private static final String SUFFIX = ".json";
    private static final int VERSION = 1;
    private static final int REMEMBERED = 10_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Database database;
    private final ObjectStore store;
    /** By their keys; they never change. */
    private final Map<String, VectorIndex> known = new ConcurrentHashMap<>();

    VectorIndexes(Database database) {
        this.database = database;
        this.store = database.store();
    }

    /**
     * @param creator tells who wrote it
     * @param created in epoch milliseconds
     */
    record VectorIndex(
            IndexAddress address,
            String creator,
            long created,
            int dimension,
            Metric metric,
            Set<String> nonFilterable) {}

    /** The index, if it is there. */
    Optional<VectorIndex> find(IndexAddress address) {
        return database.uid(address.collection()).flatMap(uid -> find(address, uid));
    }

    /** @throws S3VectorsException if it is not there */
    VectorIndex require(IndexAddress address) {
        return find(address).orElseThrow(S3VectorsException::indexNotFound);
    }

    /** @param uid of the collection that is there */
    Optional<VectorIndex> find(IndexAddress address, String uid) {
        String key = key(address, uid);
        VectorIndex remembered = known.get(key);
        if (remembered != null) {
            return Optional.of(remembered);
        }
        Optional<VectorIndex> read = store.get(key).map(b -> parse(address, key, b));
        read.ifPresent(i -> {
            if (known.size() >= REMEMBERED) {
                known.clear();
            }
            known.put(key, i);
        });
        return read;
    }

    /** Writes the record if there is none. The one that is there then may be another's. */
    VectorIndex putIfAbsent(VectorIndex index, String uid) {
        ObjectNode json = JSON.createObjectNode()
                .put("version", VERSION)
                .put("creator", index.creator)
                .put("collection", index.address.collection())
                .put("created", index.created)
                .put("dimension", index.dimension)
                .put("metric", S3Vectors.name(index.metric));
        ArrayNode keys = json.putArray("nonFilterableMetadataKeys");
        index.nonFilterable.forEach(keys::add);
        String key = key(index.address, uid);
        PutResult result = store.put(
                key, Content.of(json.toString().getBytes(StandardCharsets.UTF_8)), new Precondition.IfAbsent());
        return result instanceof PutResult.Stored
                ? index
                : find(index.address, uid).orElseThrow(VectorBuckets::busy);
    }

    void delete(IndexAddress address, String uid) {
        String key = key(address, uid);
        store.delete(key);
        known.remove(key);
    }

    /** The uids in the records that lie there, of collections that are there or were. */
    List<String> uids(IndexAddress address) {
        String folder = folder(address);
        return store.list(folder, "").stream()
                .map(Listed::key)
                .filter(k -> k.endsWith(SUFFIX))
                .map(k -> k.substring(folder.length(), k.length() - SUFFIX.length()))
                .toList();
    }

    /** Those of a bucket after a name, in order, that are there. */
    List<VectorIndex> list(String bucket, String prefix, String after, int limit) {
        List<String> names = new ArrayList<>(store.folders(FOLDER + bucket + "/"));
        names.removeIf(n -> !n.startsWith(prefix) || n.compareTo(after) <= 0);
        names.sort(null);
        return Parallel.firstFound(names, n -> find(new IndexAddress(bucket, n)), limit);
    }

    private static String folder(IndexAddress address) {
        return FOLDER + address.bucket() + "/" + address.index() + "/";
    }

    private static String key(IndexAddress address, String uid) {
        return folder(address) + uid + SUFFIX;
    }

    private static VectorIndex parse(IndexAddress address, String key, Blob blob) {
        try {
            JsonNode json = JSON.readTree(blob.bytes());
            if (json.path("version").asInt() == VERSION) {
                List<String> keys = new ArrayList<>();
                json.path("nonFilterableMetadataKeys").forEach(k -> keys.add(k.asText()));
                return new VectorIndex(
                        address,
                        json.path("creator").asText(),
                        json.path("created").asLong(),
                        json.path("dimension").asInt(),
                        S3Vectors.metric(json.path("metric").asText()),
                        Set.copyOf(keys));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new CorruptDataException("The record " + key + " of a vector index is damaged", e);
        }
        throw new CorruptDataException("The record " + key + " of a vector index is of an unknown version");
    }
}
