package dev.quiver.bench.peers;

import dev.quiver.bench.data.VectorSet;
import java.io.IOException;
import java.util.List;

/** A way to search a set of vectors that is measured beside others. */
public interface Engine extends AutoCloseable {

    /**
     * What an index costs.
     *
     * @param cpuSeconds of all threads that built it, its saving included
     * @param fileBytes of all its files
     */
    record Built(double cpuSeconds, long fileBytes) {}

    /**
     * What some searches gave and took.
     *
     * @param rows that were found, for each query the nearest first
     * @param cpuMicros a query, over all threads of the process
     * @param wallMicros a query
     */
    record Answers(int[][] rows, double cpuMicros, double wallMicros) {}

    String name();

    /** In words: which index, which parameters. */
    String description();

    boolean filters();

    /** The setting that trades time for recall (candidates, probes), the cheapest first. */
    List<Integer> efforts();

    /**
     * Builds the index or finds it in the cache, and opens it.
     *
     * @throws dev.quiver.bench.data.UnavailableException if it cannot be had here
     */
    Built open(VectorSet set) throws IOException, InterruptedException;

    /**
     * Searches for the first held-out queries, one after the other on one thread.
     *
     * @param share how many of the {@link Buckets} are allowed; all of them for no filter
     */
    Answers search(int queries, int k, int effort, int share) throws IOException;

    /** The memory that the open index takes, mapped files included, as far as the searches so far have touched it. */
    long residentBytes() throws IOException;

    @Override
    void close() throws IOException;
}
