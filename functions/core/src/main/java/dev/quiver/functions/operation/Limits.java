package dev.quiver.functions.operation;

/** The limits of the API; past them the answer is a 4xx that says so. */
public final class Limits {
    public static final int TOP_K = 1000;

    public static final int RECALL_SAMPLE = 1000;
    public static final int RECALL_TOP_K = 100;

    /** Clusters read or rows rescored, where a request says so itself. */
    public static final int EFFORT = 1_000_000;

    public static final int INPUTS = 2048;
    public static final int RECORDS = 10_000;
    public static final int IDS = 1000;
    public static final int EXAMPLES = 100;
    public static final int FACETS = 20;
    public static final int GROUP = 100;
    public static final int BOOSTS = 10;

    /** Records that are scored anew by a model for one request. */
    public static final int RERANK = 200;

    /** Hits of a search that may be looked at for one request, to order or to group them, or on the pages before. */
    public static final int DEPTH = 10_000;

    public static final int NEIGHBOURS = 100;

    /** Records that a request goes through at most, where it looks for something among all. */
    public static final int EXAMINED = 2000;

    public static final int PAGE = 1000;
    public static final int QUESTION_CHARACTERS = 8_000;

    /** Of a request's body. Quarkus refuses what is longer, see {@code application.properties}. */
    public static final String BODY = "16M";

    private Limits() {}
}
