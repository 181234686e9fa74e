package dev.quiver.bench.peers;

import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.nio.file.Path;

/** An index in a JVM of its own, see {@link JvmPeer}. */
interface Searcher {
    /** @param folder empty, to be filled */
    void build(float[][] rows, Metric metric, Path folder) throws IOException, InterruptedException;

    /** @param rows where the vectors are, see {@link dev.quiver.bench.data.VectorFiles}, for those that do not keep them */
    void open(Path folder, Metric metric, Path rows) throws IOException;

    /**
     * Row numbers, the nearest first.
     *
     * @param filter or null
     */
    int[] search(float[] query, int k, int effort, Filter filter) throws IOException;

    /** Lets go of what need not be in memory between searches. */
    default void release() {}

    /**
     * Rows whose bucket is below {@code share}.
     *
     * @param bits one for each row
     */
    record Filter(int share, long[] bits) {
        boolean allows(int row) {
            return (bits[row >>> 6] >>> row & 1) != 0;
        }
    }
}
