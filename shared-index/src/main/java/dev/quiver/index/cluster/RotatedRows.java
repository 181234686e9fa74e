package dev.quiver.index.cluster;

import dev.quiver.index.segment.RowSource;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;

/** Rows as clusters and codes see them: normalised under cosine, then rotated. Made anew each time they are asked for, so no memory grows with them. */
final class RotatedRows {
    private final RowSource source;
    private final Metric metric;
    private final Rotation rotation;

    RotatedRows(RowSource source, Metric metric, Rotation rotation) {
        this.source = source;
        this.metric = metric;
        this.rotation = rotation;
    }

    int count() {
        return source.rows();
    }

    float[] get(int row) {
        float[] x = source.vector(row).clone();
        prepare(x, metric, rotation);
        return x;
    }

    /** In place. */
    static void prepare(float[] x, Metric metric, Rotation rotation) {
        if (metric == Metric.COSINE) {
            double inverse = 1 / Vectors.norm(x);
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) (x[i] * inverse);
            }
        }
        rotation.apply(x);
    }
}
