package dev.quiver.index.vector;

/** How two vectors are compared. */
public enum Metric {
    /** Cosine of the angle, -1 to 1, higher is nearer. A zero vector has no direction and is refused. */
    COSINE(1),
    /** Inner product, higher is nearer. */
    DOT(2),
    /** Euclidean distance, 0 and up, <em>lower</em> is nearer. */
    EUCLIDEAN(3);

    private final int code;

    Metric(int code) {
        this.code = code;
    }

    /** The number that stands for this metric in files. */
    public int code() {
        return code;
    }

    public boolean higherIsNearer() {
        return this != EUCLIDEAN;
    }

    /**
     * What a person sees, from the similarity by which rows are ordered inside (higher is always nearer there; for
     * {@link #EUCLIDEAN} it is the negative squared distance).
     */
    public float score(float similarity) {
        return this == EUCLIDEAN ? (float) Math.sqrt(Math.max(0, -similarity)) : similarity;
    }

    /** The least similarity whose {@link #score} is not worse than this. */
    public float similarity(float score) {
        if (this != EUCLIDEAN) {
            return score;
        }
        if (score < 0) {
            return Float.POSITIVE_INFINITY;
        }
        // Half-way to the next float: what lies below is rounded to this score by the square root.
        double edge = (score + (double) Math.nextUp(score)) / 2;
        return (float) -(edge * edge);
    }

    /** @throws IllegalArgumentException if no metric has the code */
    public static Metric ofCode(int code) {
        for (Metric m : values()) {
            if (m.code == code) {
                return m;
            }
        }
        throw new IllegalArgumentException("No metric has the code " + code);
    }
}
