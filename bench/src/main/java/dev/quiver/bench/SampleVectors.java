package dev.quiver.bench;

import dev.quiver.functions.documents.Chunker;
import dev.quiver.functions.embedding.OnnxTextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * 384-dimensional unit vectors to search. The real ones are sentences of the JDK's own documentation, which every JDK brings with it, embedded by
 * the default model; that takes minutes, so a quick run draws clusters at random instead.
 */
record SampleVectors(String description, List<float[]> rows, List<float[]> queries) {
    static final int DIMENSION = 384;

    private static final int CLUSTERS = 2000;
    private static final double SPREAD = 0.8;
    private static final int SHORTEST = 40;
    private static final int LONGEST = 160;
    private static final Pattern JAVADOC = Pattern.compile("/\\*\\*(.*?)\\*/", Pattern.DOTALL);

    static SampleVectors of(Options options, int rows, int queries) throws IOException {
        Path sources = Path.of(System.getProperty("java.home"), "lib", "src.zip");
        if (options.quick() || !Files.exists(sources)) {
            return clusters(rows, queries);
        }
        List<String> sentences = sentences(sources);
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
        Collections.shuffle(sentences, new Random(1));
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

    private static List<String> sentences(Path sources) throws IOException {
        Set<String> sentences = new LinkedHashSet<>();
        BreakIterator boundaries = BreakIterator.getSentenceInstance(Locale.ROOT);
        try (ZipFile zip = new ZipFile(sources.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                if (!entry.getName().endsWith(".java")) {
                    continue;
                }
                try (InputStream in = zip.getInputStream(entry)) {
                    Matcher comment = JAVADOC.matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                    while (comment.find()) {
                        for (String s : Chunker.split(prose(comment.group(1)), boundaries)) {
                            String sentence = s.strip();
                            if (sentence.length() >= SHORTEST && sentence.length() <= LONGEST) {
                                sentences.add(sentence);
                            }
                        }
                    }
                }
            }
        }
        return new ArrayList<>(sentences);
    }

    /** A comment up to its first block tag, without markup. */
    private static String prose(String comment) {
        String text = comment.replaceAll("\\R\\s*\\*", " ");
        int tags = text.indexOf(" @");
        return (tags < 0 ? text : text.substring(0, tags))
                .replaceAll("\\{@\\w+ ([^}]*)\\}", "$1")
                .replaceAll("<[^>]*>", " ")
                .replaceAll("\\s+", " ");
    }
}
