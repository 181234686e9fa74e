package dev.quiver.index.text;

/** The words that a beginning stood for cannot be told any more: there were more than count, and since then rows were compacted away. */
public final class StatisticsGoneException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StatisticsGoneException() {
        super("The collection was compacted, and which words a beginning stood for cannot be told any more.");
    }
}
