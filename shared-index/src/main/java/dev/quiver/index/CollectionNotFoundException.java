package dev.quiver.index;

/** There is no collection of that name (any more). */
public final class CollectionNotFoundException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String collection;

    CollectionNotFoundException(String name, String where) {
        super("There is no collection '" + name + "' in " + where
                + ". Create it with collections/create, or check the name.");
        this.collection = name;
    }

    public String collection() {
        return collection;
    }
}
