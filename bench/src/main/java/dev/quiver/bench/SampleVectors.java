package dev.quiver.bench;

import dev.quiver.bench.data.JdkSentences;
import dev.quiver.functions.embedding.OnnxTextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * 384-dimensional unit vectors to search. The real ones are sentences of the JDK's own documentation, which every JDK brings with it, embedded by
 * the default model; that takes minutes, so a quick run draws clusters at random instead.
 */
record SampleVectors(String description, List<float[]> rows, List<float[]> queries) {
    static final int DIMENSION = 384;

    private static final int CLUSTERS = 2000;
    private static final double SPREAD = 0.8;

    static SampleVectors of(Options options, int rows, int queries) throws IOException {
        List<String> sentences = options.quick() ? List.of() : JdkSentences.read();
        if (sentences.size() < rows + queries) {
            return clusters(rows, queries);
        }
        return embedded(sentences, rows, queries);
    }

    private static SampleVectors clusters(int rows, int queries) {
        SplittableRandom random = new SplittableRandom(1);
        float[][] centres = new float[CLUSTERS][];
        for (int c = 0; c < CLUSTERS; c++) {
            centres[c] = near(new float[DIMENSION], random);
        }
        List<float[]> all = new ArrayList<>();
        while (all.size() < rows + queries) {
            all.add(near(centres[random.nextInt(CLUSTERS)], random));
        }
        return split(
                Report.format(
                        "drawn at random in %,d Gaussian clusters (the full run embeds real sentences)", CLUSTERS),
                all,
                rows);
    }

    /** A unit vector beside a centre, as far from it on average as {@link #SPREAD} says. */
    private static float[] near(float[] centre, SplittableRandom random) {
        double[] x = new double[DIMENSION];
        double norm = 0;
        for (int i = 0; i < DIMENSION; i++) {
            x[i] = centre[i] + SPREAD * random.nextGaussian() / Math.sqrt(DIMENSION);
            norm += x[i] * x[i];
        }
        float[] unit = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            unit[i] = (float) (x[i] / Math.sqrt(norm));
        }
        return unit;
    }

    private static SampleVectors embedded(List<String> sentences, int rows, int queries) {
        int count = rows + queries;
        List<float[]> all = new ArrayList<>();
        try (OnnxTextEmbedder embedder = new OnnxTextEmbedder(OnnxTextEmbedder.ALL_MINILM_L6_V2, Machine.cores())) {
            while (all.size() < count) {
                Main.progress("embedding sentences, %,d of %,d ...", all.size(), count);
                List<String> next = sentences.subList(all.size(), Math.min(count, all.size() + 20_000));
                all.addAll(embedder.embed(next, Purpose.DOCUMENT).vectors());
            }
        }
        return split(
                "sentences of the JDK's documentation (`lib/src.zip`) embedded by all-minilm-l6-v2, the queries held out",
                all,
                rows);
    }

    private static SampleVectors split(String description, List<float[]> all, int rows) {
        return new SampleVectors(description, all.subList(0, rows), all.subList(rows, all.size()));
    }
}
