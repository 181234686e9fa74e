package dev.quiver.index;

import dev.quiver.index.View.FreshPart;
import dev.quiver.index.log.CommitKeys;
import dev.quiver.index.log.Layout;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Manifests;
import dev.quiver.index.log.Manifests.Current;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.record.IdempotencyKey;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which idempotency keys have been used: those in the log lie in its entries, those of folded commits in an object that the manifest names. */
final class AppliedKeys {
    /** A key is remembered for at least so long, unless very many are used. */
    private static final Duration WINDOW = Duration.ofHours(24);

    private final ObjectStore store;
    private final Layout layout;
    private final Manifests manifests;
    private volatile Folded last = new Folded(null, CommitKeys.NONE);

    AppliedKeys(ObjectStore store, Layout layout, Manifests manifests) {
        this.store = store;
        this.layout = layout;
        this.manifests = manifests;
    }

    private record Folded(String name, CommitKeys keys) {}

    /** The commit that a key was used in. */
    Optional<CommitKeys.Entry> find(IdempotencyKey key, View view) {
        for (FreshPart f : view.fresh()) {
            for (IdempotencyKey k : f.entry().keys()) {
                if (k.sameKey(key)) {
                    return Optional.of(entry(k, f));
                }
            }
        }
        return folded(view.current()).find(key);
    }

    private CommitKeys folded(Current current) {
        String name = current.manifest().keys();
        if (name == null) {
            return CommitKeys.NONE;
        }
        Folded known = last;
        if (!name.equals(known.name)) {
            String key = layout.keys(name);
            known = new Folded(
                    name,
                    store.get(key)
                            .map(b -> CommitKeys.decode(key, b.bytes()))
                            .orElseThrow(() -> missing(key, current)));
            last = known;
        }
        return known.keys;
    }

    private RuntimeException missing(String key, Current current) {
        boolean replaced = manifests
                .read()
                .filter(c -> c.manifest().id().equals(current.manifest().id()))
                .isEmpty();
        return replaced
                ? StoreException.refused(
                        "'" + layout.collection()
                                + "' has changed while this process was held up; nothing was written, try again.",
                        null)
                : new CorruptDataException("Idempotency keys " + key + " are missing");
    }

    /**
     * Puts the keys of the log with those that are folded.
     *
     * @return the ulid of the object with both, or null if there are none
     */
    String fold(View view, String ulid, long now) {
        Manifest manifest = view.current().manifest();
        List<CommitKeys.Entry> fresh = new ArrayList<>();
        for (FreshPart f : view.fresh()) {
            f.entry().keys().forEach(k -> fresh.add(entry(k, f)));
        }
        CommitKeys old = folded(view.current());
        CommitKeys next = old.with(fresh, now - WINDOW.toMillis());
        if (next.size() == 0) {
            return null;
        }
        if (fresh.isEmpty() && next.size() == old.size()) {
            return manifest.keys();
        }
        store.putUnique(layout.keys(ulid), Content.of(next.encode()));
        return ulid;
    }

    private static CommitKeys.Entry entry(IdempotencyKey key, FreshPart part) {
        return new CommitKeys.Entry(key, part.entry().sequence(), part.entry().timestamp());
    }
}
