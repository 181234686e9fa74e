package dev.quiver.index.store;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * The port to durable storage: a flat map of keys to immutable byte strings with conditional writes, the subset of the
 * S3 API that Quiver's durability rests on. Everything above this interface is correct on any store that keeps these
 * promises:
 *
 * <ul>
 *   <li>A {@link #put} is atomic and durable when it returns {@link PutResult.Stored}; a reader sees the whole object or
 *       none of it.
 *   <li>Of several puts with {@link Precondition.IfAbsent} or with {@link Precondition.IfMatch} on the same etag, exactly
 *       one is stored.
 *   <li>Reads and listings see every put and delete that returned before they began (S3 has done so since 2020).
 * </ul>
 *
 * <p>Keys are {@code /}-separated; no part is empty, {@code .} or {@code ..}, no character is a control character, a backslash or past U+FFFF, and no key
 * is also the folder of another key.
 * Implementations are safe for use by many threads. All methods throw {@link StoreException} when the store cannot answer.
 */
public interface ObjectStore extends AutoCloseable {

    /** The whole object, or empty when there is none. For small objects; large ones are read by range. */
    Optional<Blob> get(String key);

    /** Like {@link #get}, but an object whose etag still is {@code etag} is not transferred again. */
    ConditionalGet getIfChanged(String key, String etag);

    /**
     * Reads {@code target.byteSize()} bytes from {@code offset} into {@code target}, which is off-heap memory.
     *
     * @throws StoreException also when the object is missing or ends before the range does
     */
    void read(String key, long offset, MemorySegment target);

    /**
     * The object as read-only mapped memory, if the store has it in a file: nothing is copied, and the system keeps in memory what is used.
     *
     * @return empty if the store cannot, or if the object is missing or has another length
     */
    default Optional<MemorySegment> map(String key, long length) {
        return Optional.empty();
    }

    /** Stores an object if the precondition holds. A {@link StoreException} says whether the object may be stored all the same. */
    PutResult put(String key, Content content, Precondition precondition);

    /**
     * Stores an object under a name that nobody else uses. A refusal can then only come from an earlier attempt of our own, inside the client say; it is not believed until the object has been seen,
     * for that attempt may yet fail.
     *
     * @throws StoreException if the object is not certain to be there
     */
    default void putUnique(String key, Content content) {
        for (int attempt = 0; attempt < 3; attempt++) {
            if (put(key, content, new Precondition.IfAbsent()) instanceof PutResult.Stored
                    || list(key, "").stream().anyMatch(l -> l.key().equals(key) && l.size() == content.size())) {
                return;
            }
        }
        throw StoreException.unknown(
                "The store refuses to write " + key
                        + " although there is no such object; another attempt may be under way",
                null);
    }

    /** Deletes an object; deleting what is not there is no error. */
    void delete(String key);

    /**
     * All objects whose key starts with {@code prefix} and is greater than {@code startAfter} ({@code ""}: all), in the order of
     * their keys' UTF-8 bytes.
     */
    List<Listed> list(String prefix, String startAfter);

    /** The names directly under {@code prefix} (which is empty or ends in {@code /}) that have further parts below them, in order. */
    List<String> folders(String prefix);

    /** What a person would recognise the store by, without secrets: {@code file:/data}, {@code s3://bucket/prefix}. */
    String description();

    @Override
    void close();

    /** An object and the etag that a conditional write compares. */
    record Blob(byte[] bytes, String etag) {}

    /** One row of a listing. {@code lastModified} is in epoch milliseconds of the store's clock. */
    record Listed(String key, long size, long lastModified) {}

    /** What a conditional read found. */
    sealed interface ConditionalGet {
        record Changed(Blob blob) implements ConditionalGet {}

        record Unchanged() implements ConditionalGet {}

        record Missing() implements ConditionalGet {}
    }

    /** What must hold of the key for a put to be stored. */
    sealed interface Precondition {
        /** No object has the key ({@code If-None-Match: *}). */
        record IfAbsent() implements Precondition {}

        /** The object under the key has this etag ({@code If-Match}). */
        record IfMatch(String etag) implements Precondition {}
    }

    /** What became of a put that the store answered. */
    sealed interface PutResult {
        record Stored(String etag) implements PutResult {}

        /** The precondition did not hold, or a write to the same key was under way (S3's 412 and 409). Nothing was stored by this attempt. */
        record Refused() implements PutResult {}
    }
}
