package dev.quiver.index.vector;

/** What makes a vector acceptable, checked at every border in the same words. */
public final class Vectors {
    /** The largest number of components of a vector. */
    public static final int MAX_DIMENSION = 4096;

    /** The square of a norm must be a finite float, with room for a sum of two: {@code √(Float.MAX_VALUE) / 4}. */
    private static final double MAX_NORM = 4.6e18;

    /** Below this the direction of a vector is lost in rounding. */
    private static final double MIN_NORM = 1e-18;

    private Vectors() {}

    /** Euclidean norm, summed in double. */
    public static double norm(float[] vector) {
        double sum = 0;
        for (float x : vector) {
            sum += (double) x * x;
        }
        return Math.sqrt(sum);
    }

    /**
     * @param dimension what the collection holds
     * @throws InvalidVectorException if the vector has another length, a NaN or infinite component, is zero under cosine, or is too
     *     long for float arithmetic
     */
    public static void check(float[] vector, int dimension, Metric metric) {
        if (vector.length != dimension) {
            throw new InvalidVectorException(
                    InvalidVectorException.Reason.DIMENSION,
                    "The vector has " + vector.length + " components, the collection holds vectors of " + dimension
                            + ". Send vectors of the model that the collection was made with.");
        }
        for (int i = 0; i < vector.length; i++) {
            if (!Float.isFinite(vector[i])) {
                throw new InvalidVectorException(
                        InvalidVectorException.Reason.NOT_FINITE,
                        "Component " + i + " of the vector is " + vector[i]
                                + ". Every component must be a finite 32-bit float.");
            }
        }
        double norm = norm(vector);
        if (norm > MAX_NORM) {
            throw new InvalidVectorException(
                    InvalidVectorException.Reason.TOO_LONG,
                    "The vector's norm is " + norm + ", at most " + MAX_NORM
                            + " can be compared in 32-bit floats. Scale the vectors down.");
        }
        if (metric == Metric.COSINE && norm < MIN_NORM) {
            throw new InvalidVectorException(
                    InvalidVectorException.Reason.ZERO,
                    "The vector is zero, which has no cosine to anything. Leave the record out, or use the metric dot or euclidean.");
        }
    }
}
