package dev.quiver.embeddings;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/** Files beside the tests. */
public final class TestFiles {
    private TestFiles() {}

    public static Path of(String name) {
        try {
            return Path.of(Objects.requireNonNull(TestFiles.class.getResource(name), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Cosine. */
    public static double similarity(float[] a, float[] b) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            dot += a[i] * b[i];
            aa += a[i] * a[i];
            bb += b[i] * b[i];
        }
        return dot / Math.sqrt(aa * bb);
    }
}
