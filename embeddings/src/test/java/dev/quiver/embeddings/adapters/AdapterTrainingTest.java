package dev.quiver.embeddings.adapters;

import static dev.quiver.embeddings.TestFiles.similarity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.ModelFolder;
import dev.quiver.embeddings.training.SplitMix;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.index.vector.InvalidVectorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterTrainingTest {
    private static final int DIM = 20;
    private static final int SIGNAL = 6;

    @TempDir
    private Path folder;

    /** What counts is in six values, and the other fourteen are louder: the model's cosine hardly sees it. */
    private static float[] vector(float[] topic, SplitMix random) {
        float[] v = new float[DIM];
        for (int i = 0; i < DIM; i++) {
            v[i] = i < SIGNAL ? topic[i] + 0.2f * noise(random) : 2 * noise(random);
        }
        return v;
    }

    private static float noise(SplitMix random) {
        return random.nextFloat() + random.nextFloat() - 1;
    }

    private static float[] topic(SplitMix random) {
        float[] t = new float[SIGNAL];
        for (int i = 0; i < SIGNAL; i++) {
            t[i] = noise(random);
        }
        return t;
    }

    private record World(float[][] queries, float[][] documents) {
        static World of(int size, long seed) {
            SplitMix random = new SplitMix(seed);
            World world = new World(new float[size][], new float[size][]);
            for (int i = 0; i < size; i++) {
                float[] topic = topic(random);
                world.queries[i] = vector(topic, random);
                world.documents[i] = vector(topic, random);
            }
            return world;
        }

        AdapterPairs pairs() {
            AdapterPairs.Builder builder = new AdapterPairs.Builder(DIM);
            for (int i = 0; i < queries.length; i++) {
                builder.query("q" + i, queries[i]).document("d" + i, documents[i]);
            }
            for (int i = 0; i < queries.length; i++) {
                builder.pair("q" + i, "d" + i, 1).irrelevant("q" + i, "d" + (i + 1) % queries.length);
            }
            return builder.build();
        }

        /** How many queries find their document first. */
        double right(Adapter adapter) {
            int right = 0;
            for (int q = 0; q < queries.length; q++) {
                int best = 0;
                for (int d = 0; d < documents.length; d++) {
                    best = score(adapter, q, d) > score(adapter, q, best) ? d : best;
                }
                right += best == q ? 1 : 0;
            }
            return (double) right / queries.length;
        }

        private double score(Adapter adapter, int q, int d) {
            return adapter == null
                    ? similarity(queries[q], documents[d])
                    : similarity(adapter.query(queries[q]), adapter.document(documents[d]));
        }
    }

    private static final World SEEN = World.of(400, 1);
    private static final World UNSEEN = World.of(200, 2);

    private static AdapterSettings.Builder quick() {
        return AdapterSettings.builder().lr(0.03).epoch(60);
    }

    @ParameterizedTest
    @EnumSource(Sides.class)
    void queriesThatItNeverSawFindTheirDocuments(Sides sides) throws Exception {
        Adapter adapter =
                AdapterTraining.train(SEEN.pairs(), "toy", quick().sides(sides).build());
        assertThat(UNSEEN.right(null)).isLessThan(0.05);
        assertThat(UNSEEN.right(adapter)).isGreaterThan(sides == Sides.BOTH ? 0.6 : 0.15);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void lowRankLearnsAsWell(int rank) throws Exception {
        Adapter adapter = AdapterTraining.train(
                SEEN.pairs(), "toy", quick().rank(rank).bias(true).build());
        assertThat(UNSEEN.right(adapter)).isGreaterThan(0.3);
    }

    @Test
    void withoutAnythingToLearnNothingIsChanged() throws Exception {
        World nothing = new World(World.of(100, 3).queries, World.of(100, 4).documents);
        Adapter adapter = AdapterTraining.train(
                nothing.pairs(), "toy", quick().patience(2).build());
        float[] v = nothing.queries[0];
        assertThat(similarity(adapter.query(v), v)).isGreaterThan(0.9);
    }

    @Test
    void aStepGoesDownTheSlopeOfTheLoss() throws Exception {
        // Full batches without momentum to speak of: each epoch is to be better than the one before.
        double[] losses = new double[6];
        int[] epoch = {0};
        AdapterTraining.train(
                SEEN.pairs(),
                "toy",
                quick().lr(0.003).batch(512).epoch(6).heldOut(0).hard(0).build(),
                new TrainingOutput(folder, null, null, null, s -> losses[epoch[0]++] = s.loss()));
        for (int i = 1; i < losses.length; i++) {
            assertThat(losses[i]).isLessThan(losses[i - 1]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5})
    void anyNumberOfThreadsMakesTheSameBits(int rank) throws Exception {
        AdapterSettings settings = quick().rank(rank).bias(true).epoch(4).build();
        for (int threads : new int[] {1, 3}) {
            try (ForkJoinPool pool = new ForkJoinPool(threads)) {
                pool.submit(() -> AdapterTraining.train(
                                SEEN.pairs(), "toy", settings, TrainingOutput.in(folder.resolve("of" + threads))))
                        .get();
            }
        }
        assertThat(Files.readAllBytes(folder.resolve("of1").resolve(Adapter.WEIGHTS)))
                .isEqualTo(Files.readAllBytes(folder.resolve("of3").resolve(Adapter.WEIGHTS)));
    }

    @Test
    void aTrainingThatWasStoppedEndsWithTheSameBits() throws Exception {
        AdapterSettings settings = quick().rank(3).epoch(6).build();
        Path stopped = folder.resolve("stopped");
        int[] epochs = {0};
        assertThatThrownBy(() -> AdapterTraining.train(
                        SEEN.pairs(), "toy", settings, new TrainingOutput(stopped, Duration.ZERO, null, null, _ -> {
                            if (++epochs[0] == 4) {
                                throw new IllegalStateException("stopped");
                            }
                        })))
                .isInstanceOf(IllegalStateException.class);
        assertThat(stopped.resolve("checkpoint.bin")).exists();
        assertThatThrownBy(() -> Adapter.read(stopped)).hasMessageContaining("has not ended");
        TrainingOutput again = new TrainingOutput(stopped, Duration.ofHours(1), null, null, null);
        assertThatThrownBy(() -> AdapterTraining.train(UNSEEN.pairs(), "toy", settings, again))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("other settings, pairs");
        AdapterTraining.train(SEEN.pairs(), "toy", settings, again);
        AdapterTraining.train(SEEN.pairs(), "toy", settings, TrainingOutput.in(folder.resolve("whole")));
        assertThat(Files.readAllBytes(stopped.resolve(Adapter.WEIGHTS)))
                .isEqualTo(Files.readAllBytes(folder.resolve("whole").resolve(Adapter.WEIGHTS)));
        assertThat(stopped.resolve("checkpoint.bin")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5})
    void whatWasWrittenIsRead(int rank) throws Exception {
        AdapterSettings settings =
                quick().rank(rank).bias(true).sides(Sides.QUERIES).epoch(3).build();
        Adapter made = AdapterTraining.train(
                SEEN.pairs(), "toy", settings, new TrainingOutput(folder, null, "CC0", "made up", null));
        Adapter read = Adapter.read(folder);
        float[] v = UNSEEN.queries[0];
        assertThat(read.query(v)).isEqualTo(made.query(v)).isNotEqualTo(v);
        assertThat(read.document(v)).as("queries alone are mapped").isSameAs(v);
        assertThat(read.base()).isEqualTo("toy");
        assertThat(read.rank()).isEqualTo(rank);
        assertThat(similarity(read.query(v), read.query(v))).isCloseTo(1, within(1e-6));
        ModelFolder.Description d = ModelFolder.read(folder);
        assertThat(d.settings()).containsEntry("sides", "queries").containsEntry("temperature", 0.05);
        assertThat(d.statistics()).containsEntry("queries", 400).containsKeys("lossBefore", "epochKept");
        assertThat(d.licence()).isEqualTo("CC0");
    }

    @Test
    void whatIsDamagedIsRefused() throws Exception {
        AdapterTraining.train(SEEN.pairs(), "toy", quick().epoch(1).build(), TrainingOutput.in(folder));
        Path weights = folder.resolve(Adapter.WEIGHTS);
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);
        assertThatThrownBy(() -> Adapter.read(folder))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("is damaged or of another training");
        Files.delete(weights);
        assertThatThrownBy(() -> Adapter.read(folder)).hasMessageContaining("is missing");
        Path description = folder.resolve(ModelFolder.DESCRIPTION);
        String json = Files.readString(description);
        Files.writeString(description, json.replace("\"adapter\"", "\"word2vec\""));
        Files.write(weights, new byte[0]);
        assertThatThrownBy(() -> Adapter.read(folder)).isInstanceOf(InvalidModelException.class);
        Files.writeString(description, json.replace(Adapter.WEIGHTS, "../outside"));
        assertThatThrownBy(() -> Adapter.read(folder)).hasMessageContaining("not in its folder");
        Files.writeString(description, "{\"family\":");
        assertThatThrownBy(() -> Adapter.read(folder)).hasMessageContaining("not a model's description");
        for (int cut : new int[] {0, 7, 8, 40, bytes.length - 4}) {
            Files.write(weights, Arrays.copyOf(bytes, cut));
            assertThatThrownBy(() -> SafeTensors.read(weights)).isInstanceOf(InvalidModelException.class);
        }
    }

    @Test
    void whatDoesNotFitIsRefused() throws Exception {
        AdapterPairs pairs = SEEN.pairs();
        assertThatThrownBy(() -> AdapterTraining.train(pairs, " ", quick().build()))
                .hasMessageContaining("has no name");
        assertThatThrownBy(() ->
                        AdapterTraining.train(pairs, "toy", quick().rank(21).build()))
                .hasMessageContaining("only 20 values");
        assertThatThrownBy(() -> quick().temperature(0).build()).hasMessageContaining("from 0.001 to 10");
        assertThatThrownBy(() -> quick().lr(Double.NaN).build()).hasMessageContaining("lr is NaN");
        assertThatThrownBy(() -> quick().decay(-1).build()).hasMessageContaining("decay is -1");
        assertThatThrownBy(() -> quick().heldOut(0.6).build()).hasMessageContaining("from 0 to 0.5");
        assertThatThrownBy(() -> quick().batch(1).build()).hasMessageContaining("from 2 to 4096");
        AdapterPairs.Builder builder = new AdapterPairs.Builder(DIM).query("q", UNSEEN.queries[0]);
        assertThatThrownBy(() -> builder.pair("q", "d", 1)).hasMessageContaining("'d', which has no vector");
        assertThatThrownBy(() -> builder.document("d", new float[3])).isInstanceOf(InvalidVectorException.class);
        assertThatThrownBy(() -> builder.document("d", new float[DIM])).isInstanceOf(InvalidVectorException.class);
        builder.document("d", UNSEEN.documents[0]);
        assertThatThrownBy(() -> builder.pair("q", "d", 0)).hasMessageContaining("above 0");
        assertThatThrownBy(builder.pair("q", "d", 1)::build).hasMessageContaining("at least two");
        assertThatThrownBy(() -> new AdapterPairs.Builder(DIM, 100)
                        .query("a", UNSEEN.queries[0])
                        .query("b", UNSEEN.queries[1]))
                .hasMessageContaining("-Xmx");
        Adapter adapter = AdapterTraining.train(pairs, "toy", quick().epoch(1).build());
        assertThatThrownBy(() -> adapter.query(new float[3])).isInstanceOf(InvalidVectorException.class);
    }

    @Test
    void whatIsKnownToBeRelevantIsNotPushedAway() {
        AdapterPairs pairs = new AdapterPairs.Builder(DIM)
                .query("q", UNSEEN.queries[0])
                .query("r", UNSEEN.queries[1])
                .document("d", UNSEEN.documents[0])
                .document("e", UNSEEN.documents[1])
                .pair("q", "d", 1)
                .pair("r", "e", 2)
                .pair("r", "e", 1)
                .known("q", "e")
                .irrelevant("q", "e")
                .irrelevant("r", "d")
                .build();
        assertThat(pairs.pairs()).isEqualTo(2);
        assertThat(pairs.weight(1)).isEqualTo(3);
        assertThat(pairs.relevant(0, 1)).isTrue();
        assertThat(pairs.relevant(1, 0)).isFalse();
        assertThat(pairs.irrelevant(0)).isEmpty();
        assertThat(pairs.irrelevant(1)).containsExactly(0);
    }

    @Test
    void clicksAreReadWithTheirWeights() throws Exception {
        Path file = folder.resolve("clicks.tsv");
        Files.writeString(
                file, "cat food\tdry food for cats\t12\ncat food\tfood for dogs\t0\ndog food\tfood for dogs\n");
        PairFile clicks = PairFile.read(file);
        assertThat(clicks.pairs())
                .containsExactly(
                        new PairFile.Pair("cat food", "dry food for cats", 12),
                        new PairFile.Pair("cat food", "food for dogs", 0),
                        new PairFile.Pair("dog food", "food for dogs", 1));
        PairFile.Vectors letters = texts -> texts.stream()
                .map(t -> new float[] {t.length(), t.indexOf('c') + 2, 1})
                .toList();
        AdapterPairs pairs = clicks.embed(3, letters, letters);
        assertThat(pairs.pairs()).isEqualTo(2);
        assertThat(pairs.weight(0)).isEqualTo(12);
        assertThat(pairs.irrelevant(0)).containsExactly(1);
        Files.writeString(file, "cat food\tdry food\nonly one\n");
        assertThatThrownBy(() -> PairFile.read(file)).hasMessageContaining("Line 2 of");
        Files.writeString(file, "cat food\tdry food\tmany\n");
        assertThatThrownBy(() -> PairFile.read(file)).hasMessageContaining("the weight 'many'");
        Files.writeString(file, "cat food\tdry food\t0\n");
        assertThatThrownBy(() -> PairFile.read(file)).hasMessageContaining("no pair with a weight above 0");
    }
}
