package dev.quiver.index.store;

/** The store in the heap keeps the contract, so that it can be the model for the others. */
class MemoryStoreTest extends ObjectStoreContract {
    @Override
    ObjectStore open() {
        return new MemoryStore();
    }
}
