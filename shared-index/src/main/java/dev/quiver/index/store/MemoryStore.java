package dev.quiver.index.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** A store in the heap, for tests and throw-away sessions. One lock: it is the model that the other adapters are compared with. */
public final class MemoryStore implements ObjectStore {

    private record Entry(byte[] bytes, long version, long lastModified) {}

    // Java's String order differs from UTF-8 order only for surrogates, which keys do not hold.
    private final TreeMap<String, Entry> objects = new TreeMap<>();
    private final InstantSource clock;
    private long versions;

    public MemoryStore() {
        this(InstantSource.system());
    }

    /** @param clock tells when an object was last modified */
    public MemoryStore(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public synchronized Optional<Blob> get(String key) {
        Entry e = objects.get(Keys.check(key));
        return e == null ? Optional.empty() : Optional.of(new Blob(e.bytes.clone(), etag(e)));
    }

    @Override
    public synchronized ConditionalGet getIfChanged(String key, String etag) {
        Entry e = objects.get(Keys.check(key));
        if (e == null) {
            return new ConditionalGet.Missing();
        }
        return etag(e).equals(etag)
                ? new ConditionalGet.Unchanged()
                : new ConditionalGet.Changed(new Blob(e.bytes.clone(), etag(e)));
    }

    @Override
    public synchronized void read(String key, long offset, MemorySegment target) {
        Entry e = objects.get(Keys.check(key));
        if (e == null || offset + target.byteSize() > e.bytes.length) {
            throw StoreException.refused(
                    e == null
                            ? "There is no object " + key
                            : "Object " + key + " has " + e.bytes.length + " bytes, asked for " + target.byteSize()
                                    + " from " + offset,
                    null);
        }
        MemorySegment.copy(MemorySegment.ofArray(e.bytes), offset, target, 0, target.byteSize());
    }

    @Override
    public PutResult put(String key, Content content, Precondition precondition) {
        Keys.check(key);
        byte[] bytes;
        try (InputStream in = content.open()) {
            bytes = in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        synchronized (this) {
            Entry old = objects.get(key);
            boolean holds =
                    switch (precondition) {
                        case Precondition.IfAbsent _ -> old == null;
                        case Precondition.IfMatch(String etag) ->
                            old != null && etag(old).equals(etag);
                    };
            if (!holds) {
                return new PutResult.Refused();
            }
            Entry e = new Entry(bytes, ++versions, clock.millis());
            objects.put(key, e);
            return new PutResult.Stored(etag(e));
        }
    }

    @Override
    public synchronized void delete(String key) {
        objects.remove(Keys.check(key));
    }

    @Override
    public synchronized List<Listed> list(String prefix, String startAfter) {
        Keys.checkPrefix(prefix);
        List<Listed> found = new ArrayList<>();
        String from = startAfter.compareTo(prefix) >= 0 ? startAfter : prefix;
        for (var e : objects.tailMap(from, !from.equals(startAfter)).entrySet()) {
            if (!e.getKey().startsWith(prefix)) {
                break;
            }
            found.add(new Listed(e.getKey(), e.getValue().bytes.length, e.getValue().lastModified));
        }
        return found;
    }

    @Override
    public synchronized List<String> folders(String prefix) {
        Keys.checkPrefix(prefix);
        TreeSet<String> names = new TreeSet<>();
        for (String key : objects.tailMap(prefix, true).keySet()) {
            if (!key.startsWith(prefix)) {
                break;
            }
            int slash = key.indexOf('/', prefix.length());
            if (slash >= 0) {
                names.add(key.substring(prefix.length(), slash));
            }
        }
        return List.copyOf(names);
    }

    @Override
    public String description() {
        return "memory:";
    }

    @Override
    public void close() {}

    private static String etag(Entry e) {
        return "\"" + e.version + "\"";
    }
}
