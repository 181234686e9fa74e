package dev.quiver.index;

/** A collection of that name is there already. */
public final class CollectionExistsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CollectionExistsException(String name) {
        super("There is a collection '" + name + "' already. Use it, choose another name, or delete it first.");
    }
}
