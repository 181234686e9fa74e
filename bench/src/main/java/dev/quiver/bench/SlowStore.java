package dev.quiver.bench;

import dev.quiver.index.store.Meter;
import dev.quiver.index.store.MeteredStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;

/** Takes its time, as a store over a network does. */
final class SlowStore extends MeteredStore {
    private final long putMillis;
    private final long otherMillis;

    SlowStore(ObjectStore store, long putMillis, long otherMillis) {
        super(store, new Meter());
        this.putMillis = putMillis;
        this.otherMillis = otherMillis;
    }

    @Override
    protected void begin(boolean isPut) {
        super.begin(isPut);
        try {
            Thread.sleep(isPut ? putMillis : otherMillis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreException.unknown("interrupted", e);
        }
    }

    /** It has more users than this. */
    @Override
    public void close() {}
}
