package dev.quiver.index.log;

import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Blob;
import dev.quiver.index.store.ObjectStore.ConditionalGet;
import dev.quiver.index.store.ObjectStore.Precondition;
import dev.quiver.index.store.ObjectStore.PutResult;
import dev.quiver.index.store.StoreException;
import java.util.Optional;

/** Reads and swaps the manifest of one collection. */
public final class Manifests {
    private final ObjectStore store;
    private final Layout layout;

    public Manifests(ObjectStore store, Layout layout) {
        this.store = store;
        this.layout = layout;
    }

    /** A manifest and the etag that swapping it must match. */
    public record Current(Manifest manifest, String etag) {}

    /** Empty when there is no such collection. */
    public Optional<Current> read() {
        return readAny().filter(c -> !c.manifest.pending());
    }

    /** Also one that is pending. */
    public Optional<Current> readAny() {
        return store.get(layout.manifest()).map(this::parse);
    }

    /** The manifest if it is another one than {@code known}, {@code known} itself if it is not, empty if there is none any more. */
    public Optional<Current> refresh(Current known) {
        return switch (store.getIfChanged(layout.manifest(), known.etag)) {
            case ConditionalGet.Unchanged _ -> Optional.of(known);
            case ConditionalGet.Missing _ -> Optional.empty();
            case ConditionalGet.Changed(Blob blob) -> Optional.of(parse(blob)).filter(c -> !c.manifest.pending());
        };
    }

    /**
     * Empty if there is a collection of this name already.
     *
     * @param stale a pending manifest that was written before, in epoch milliseconds, was left by somebody who is gone, and does not count
     */
    public Optional<Current> create(Manifest first, long stale) {
        writeVersion(first);
        for (int attempt = 0; attempt < 3; attempt++) {
            Optional<String> etag = put(first, new Precondition.IfAbsent());
            if (etag.isPresent()) {
                return Optional.of(new Current(first, etag.get()));
            }
            Optional<Current> there = readAny();
            if (there.isPresent()) {
                return there.filter(c -> c.manifest.pending() && c.manifest.updatedAt() < stale)
                        .flatMap(c -> put(first, new Precondition.IfMatch(c.etag)))
                        .map(e -> new Current(first, e));
            }
            // Refused, and nobody is there: some put is under way.
        }
        throw StoreException.unknown("The store does not say whether " + layout.manifest() + " was written", null);
    }

    /**
     * Makes {@code next} the manifest if {@code expected} still is. Empty if somebody was faster; what was prepared for {@code next} is then
     * unreferenced and must not be used again.
     */
    public Optional<Current> swap(Current expected, Manifest next) {
        writeVersion(next);
        return put(next, new Precondition.IfMatch(expected.etag)).map(etag -> new Current(next, etag));
    }

    private void writeVersion(Manifest m) {
        store.putUnique(layout.manifestVersion(m.version(), m.id()), Content.of(m.toJson()));
    }

    private Optional<String> put(Manifest manifest, Precondition precondition) {
        byte[] json = manifest.toJson();
        StoreException lost = null;
        try {
            if (store.put(layout.manifest(), Content.of(json), precondition) instanceof PutResult.Stored(String etag)) {
                return Optional.of(etag);
            }
        } catch (StoreException e) {
            if (!e.outcomeUnknown()) {
                throw e;
            }
            lost = e;
        }
        // Refused, or unknown: a retry inside the client may have met its own first attempt. The content is unique, so
        // it tells.
        Optional<Blob> stored;
        try {
            stored = store.get(layout.manifest());
        } catch (StoreException e) {
            throw StoreException.unknown(e.getMessage(), e);
        }
        if (stored.isPresent() && java.util.Arrays.equals(stored.get().bytes(), json)) {
            return Optional.of(stored.get().etag());
        }
        if (lost != null) {
            throw lost;
        }
        return Optional.empty();
    }

    private Current parse(Blob blob) {
        return new Current(Manifest.fromJson(layout.manifest(), blob.bytes()), blob.etag());
    }
}
