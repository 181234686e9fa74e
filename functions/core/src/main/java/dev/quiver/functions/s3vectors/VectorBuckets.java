package dev.quiver.functions.s3vectors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.s3vectors.S3VectorsException.Kind;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Blob;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.ObjectStore.Precondition;
import dev.quiver.index.store.ObjectStore.PutResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * The records of vector buckets, one object each, {@code _s3vectors/buckets/<name>.json}, which no collection's name can meet:
 *
 * <pre>
 * {"version": 1, "id": "…", "state": "active", "created": 1763899260000}
 * </pre>
 *
 * A record only ever changes if its etag matches and is never removed: a bucket that is deleted leaves its record behind, with that state. So all that happens to a bucket happens one after the other, also if it is done by several
 * processes of which some stand still in between. A deletion first says that it is under way ({@code deleting}), then looks for indexes, then ends; an index that is created meanwhile calls it off.
 */
final class VectorBuckets {
    private static final String FOLDER = "_s3vectors/buckets/";
    private static final String SUFFIX = ".json";
    private static final int VERSION = 1;
    private static final int ATTEMPTS = 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectStore store;
    private final InstantSource clock;

    VectorBuckets(ObjectStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    private enum State {
        ACTIVE,
        /** Somebody is about to delete it. It is there until that is done, and stays if who does it dies. */
        DELETING,
        DELETED
    }

    private record Stored(String id, State state, long created, String etag) {
        Stored with(State other) {
            return new Stored(id, other, created, etag);
        }
    }

    /** @param created in epoch milliseconds */
    record Bucket(String name, long created) {}

    /** @throws S3VectorsException if there is one of this name */
    Bucket create(String name) {
        String id = UUID.randomUUID().toString();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Stored> there = read(name);
            if (there.filter(s -> s.id.equals(id)).isPresent()) {
                // An earlier attempt has arrived although it was not answered so.
                return new Bucket(name, there.get().created);
            }
            if (there.filter(s -> s.state != State.DELETED).isPresent()) {
                throw new S3VectorsException(Kind.CONFLICT, "A vector bucket with the specified name already exists");
            }
            Stored mine = new Stored(
                    id, State.ACTIVE, clock.millis(), there.map(Stored::etag).orElse(null));
            if (put(name, mine)) {
                return new Bucket(name, mine.created);
            }
        }
        throw busy();
    }

    Optional<Bucket> find(String name) {
        return read(name).filter(s -> s.state != State.DELETED).map(s -> new Bucket(name, s.created));
    }

    /** @throws S3VectorsException if there is none */
    Bucket require(String name) {
        return find(name).orElseThrow(S3VectorsException::bucketNotFound);
    }

    /** For an index that has just been created: whether its bucket is still there. Calls off a deletion that has not seen the index. */
    boolean keep(String name) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Stored> there = read(name).filter(s -> s.state != State.DELETED);
            if (there.isEmpty()) {
                return false;
            }
            if (there.get().state == State.ACTIVE || put(name, there.get().with(State.ACTIVE))) {
                return true;
            }
        }
        throw busy();
    }

    /**
     * @param empty whether the bucket has no indexes
     * @throws S3VectorsException if there is no bucket, or if it has indexes
     */
    void delete(String name, BooleanSupplier empty) {
        String begun = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Stored there = read(name).orElseThrow(S3VectorsException::bucketNotFound);
            if (there.state == State.DELETED && there.id.equals(begun)) {
                // By an earlier attempt that was not answered so, or by somebody who wanted the same.
                return;
            }
            if (there.state == State.DELETED) {
                throw S3VectorsException.bucketNotFound();
            }
            if (there.state == State.ACTIVE && !put(name, there.with(State.DELETING))) {
                continue;
            }
            begun = there.id;
            Optional<Stored> deleting = read(name).filter(s -> s.id.equals(there.id) && s.state == State.DELETING);
            if (deleting.isEmpty()) {
                continue;
            }
            if (!empty.getAsBoolean()) {
                put(name, deleting.get().with(State.ACTIVE));
                throw new S3VectorsException(Kind.CONFLICT, "The specified vector bucket is not empty");
            }
            if (put(name, deleting.get().with(State.DELETED))) {
                return;
            }
        }
        throw busy();
    }

    /** Those after a name, in order, that are there. Not in the order of the keys, where a hyphen comes before the dot of the suffix. */
    List<Bucket> list(String prefix, String after, int limit) {
        List<String> names = store.list(FOLDER + prefix, "").stream()
                .map(Listed::key)
                .filter(k -> k.endsWith(SUFFIX))
                .map(k -> k.substring(FOLDER.length(), k.length() - SUFFIX.length()))
                .filter(n -> n.compareTo(after) > 0)
                .sorted()
                .toList();
        return Parallel.firstFound(names, this::find, limit);
    }

    private static String key(String name) {
        return FOLDER + name + SUFFIX;
    }

    private Optional<Stored> read(String name) {
        return store.get(key(name)).map(b -> parse(key(name), b));
    }

    private static Stored parse(String key, Blob blob) {
        try {
            JsonNode json = JSON.readTree(blob.bytes());
            if (json.path("version").asInt() == VERSION) {
                return new Stored(
                        json.path("id").asText(),
                        State.valueOf(json.path("state").asText().toUpperCase(Locale.ROOT)),
                        json.path("created").asLong(),
                        blob.etag());
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new CorruptDataException("The record " + key + " of a vector bucket is damaged", e);
        }
        throw new CorruptDataException("The record " + key + " of a vector bucket is of an unknown version");
    }

    /** @return false if the record has changed since it was read, and perhaps if another change is under way */
    private boolean put(String name, Stored record) {
        byte[] bytes = JSON.createObjectNode()
                .put("version", VERSION)
                .put("id", record.id)
                .put("state", record.state.name().toLowerCase(Locale.ROOT))
                .put("created", record.created)
                .toString()
                .getBytes(StandardCharsets.UTF_8);
        Precondition precondition =
                record.etag == null ? new Precondition.IfAbsent() : new Precondition.IfMatch(record.etag);
        return store.put(key(name), Content.of(bytes), precondition) instanceof PutResult.Stored;
    }

    static S3VectorsException busy() {
        return new S3VectorsException(
                Kind.UNAVAILABLE, "Others change this vector bucket at the same time. Send the request again");
    }
}
