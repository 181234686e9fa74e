package dev.quiver.index.store;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** A store whose calls go through a script, which may fail them, lose their answers, or let something else happen first. */
public final class FaultyStore implements ObjectStore {
    public enum Verb {
        GET,
        READ,
        PUT,
        DELETE,
        LIST
    }

    /** Makes a call to the store below. */
    public interface Real {
        Object call();
    }

    /** Decides what becomes of a call. */
    public interface Script {
        Object call(Verb verb, String key, Real real);
    }

    /** The call is made and its answer is lost. */
    public static final Script LOST_ANSWER = (verb, key, real) -> {
        real.call();
        throw StoreException.unknown("Connection reset in " + verb + " " + key, null);
    };

    /** The call is not made, but nobody can know. */
    public static final Script LOST_REQUEST = (verb, key, _) -> {
        throw StoreException.unknown("Connection reset in " + verb + " " + key, null);
    };

    /** The call is refused for good. */
    public static final Script REFUSED = (verb, key, _) -> {
        throw StoreException.refused("Access denied in " + verb + " " + key, null);
    };

    /** The process dies here. */
    public static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final ObjectStore store;
    private volatile Script script;

    public FaultyStore(ObjectStore store) {
        this.store = store;
        heal();
    }

    /** From now on all calls go through this. */
    public void follow(Script next) {
        this.script = next;
    }

    /** From now on all calls are as they should be. */
    public void heal() {
        this.script = (_, _, real) -> real.call();
    }

    /** The next call of this kind whose key contains a text goes through the script, all others are as they should be. */
    public void once(Verb verb, String part, Script fault) {
        AtomicBoolean done = new AtomicBoolean();
        follow((v, key, real) -> v == verb && key.contains(part) && done.compareAndSet(false, true)
                ? fault.call(v, key, real)
                : real.call());
    }

    @SuppressWarnings("unchecked")
    private <T> T call(Verb verb, String key, Supplier<T> real) {
        return (T) script.call(verb, key, real::get);
    }

    @Override
    public Optional<Blob> get(String key) {
        return call(Verb.GET, key, () -> store.get(key));
    }

    @Override
    public ConditionalGet getIfChanged(String key, String etag) {
        return call(Verb.GET, key, () -> store.getIfChanged(key, etag));
    }

    @Override
    public void read(String key, long offset, MemorySegment target) {
        call(Verb.READ, key, () -> {
            store.read(key, offset, target);
            return null;
        });
    }

    @Override
    public PutResult put(String key, Content content, Precondition precondition) {
        return call(Verb.PUT, key, () -> store.put(key, content, precondition));
    }

    @Override
    public void delete(String key) {
        call(Verb.DELETE, key, () -> {
            store.delete(key);
            return null;
        });
    }

    @Override
    public List<Listed> list(String prefix, String startAfter) {
        return call(Verb.LIST, prefix, () -> store.list(prefix, startAfter));
    }

    @Override
    public List<String> folders(String prefix) {
        return call(Verb.LIST, prefix, () -> store.folders(prefix));
    }

    @Override
    public String description() {
        return store.description();
    }

    @Override
    public void close() {
        store.close();
    }
}
