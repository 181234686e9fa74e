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
     * False if there is a collection of this name already.
     *
     * @param stale a pending manifest that was written before, in epoch milliseconds, was left by somebody who is gone, and does not count
     */
    public boolean create(Manifest first, long stale) {
        writeVersion(first);
        for (int attempt = 0; attempt < 3; attempt++) {
            if (put(first, new Precondition.IfAbsent())) {
                return true;
            }
            Optional<Current> there = readAny();
            if (there.isPresent()) {
                Current c = there.get();
                if (!c.manifest.pending() || c.manifest.updatedAt() >= stale) {
                    return false;
                }
                if (put(first, new Precondition.IfMatch(c.etag))) {
                    return true;
                }
            }
            // Refused, and nobody is there, or still the abandoned one: some put is under way.
        }
        throw StoreException.unknown("The store does not say whether " + layout.manifest() + " was written", null);
    }

    /**
     * Makes {@code next} the manifest if {@code expected} still is. False if somebody was faster. Then {@code next} has not been in place so far; an attempt that
     * is still under way may put it there as long as {@code expected} is.
     */
    public boolean swap(Current expected, Manifest next) {
        writeVersion(next);
        return put(next, new Precondition.IfMatch(expected.etag));
    }

    private void writeVersion(Manifest m) {
        store.putUnique(layout.manifestVersion(m.version(), m.id()), Content.of(m.toJson()));
    }

    private boolean put(Manifest manifest, Precondition precondition) {
        byte[] json = manifest.toJson();
        StoreException lost = null;
        try {
            if (store.put(layout.manifest(), Content.of(json), precondition) instanceof PutResult.Stored) {
                return true;
            }
        } catch (StoreException e) {
            if (!e.outcomeUnknown()) {
                throw e;
            }
            lost = e;
        }
        // Refused, or unknown: a retry inside the client may have met its own first attempt, or what others have put in
        // its place since.
        try {
            Optional<Current> stored = readAny();
            if (stored.isPresent() && wasInPlace(manifest, stored.get().manifest())) {
                return true;
            }
        } catch (StoreException e) {
            throw StoreException.unknown(e.getMessage(), e);
        }
        if (lost != null) {
            throw lost;
        }
        return false;
    }

    /**
     * Whether {@code now} is this manifest or a successor of it.
     *
     * @throws StoreException if that was so long ago that nobody can tell
     */
    public boolean wasInPlace(Manifest manifest, Manifest now) {
        if (!now.uid().equals(manifest.uid())) {
            return false;
        }
        Manifest m = now;
        while (m.version() > manifest.version()) {
            String previous = m.previous();
            m = Optional.ofNullable(previous)
                    .flatMap(store::get)
                    .map(b -> Manifest.fromJson(previous, b.bytes()))
                    .orElseThrow(() -> StoreException.unknown(
                            previous + " is gone, which would tell whether this write of " + layout.manifest()
                                    + " succeeded; it was held up for longer than the grace period",
                            null));
        }
        return m.id().equals(manifest.id());
    }

    private Current parse(Blob blob) {
        return new Current(Manifest.fromJson(layout.manifest(), blob.bytes()), blob.etag());
    }
}
