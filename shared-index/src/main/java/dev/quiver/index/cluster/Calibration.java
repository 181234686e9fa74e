package dev.quiver.index.cluster;

/**
 * How much of the truth a search finds by how much it reads, measured when the segment was written with some of its own rows as queries: for each number of probes the mean share of
 * the true neighbours that lie in the probed clusters, and for each number of candidates the share of those that are among so many best estimates.
 *
 * <p>Neighbours that a filter leaves over are those that would come further down without it: the k-th of the share f that is allowed is about the k/f-th of all. So probes are calibrated for several depths.
 *
 * @param probes ascending
 * @param candidates rows that are rescored, ascending, for {@link #K} neighbours
 * @param recall [probes][candidates] of the first {@link #K} neighbours
 * @param depths neighbour numbers, ascending
 * @param reached [depths][probes] the share of the neighbours of about this number that lie in the probed clusters
 */
public record Calibration(int[] probes, int[] candidates, float[][] recall, int[] depths, float[][] reached) {
    /** The number of neighbours that recall is calibrated for. */
    public static final int K = 10;

    /** What a search is to do. */
    public record Effort(int probes, int candidates) {}
}
