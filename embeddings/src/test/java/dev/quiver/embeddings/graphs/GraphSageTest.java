package dev.quiver.embeddings.graphs;

import static dev.quiver.embeddings.TestFiles.similarity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.graphs.GraphSageTraining.Settings;
import dev.quiver.embeddings.training.SplitMix;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.embeddings.words.WordVectorFormat;
import dev.quiver.embeddings.words.WordVectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphSageTest {
    private static final int COMMUNITIES = 4;
    private static final int MEMBERS = 60;
    private static final Settings SMALL = new Settings(16, 24, 5, 5, 2, 5, 40, 0.01, 1);

    @TempDir
    private Path folder;

    private WordVectors features;

    /** Edges are mostly inside of communities; a feature each says so, with noise that hides it in a single node. */
    private Graph graph(List<String> prefixes) throws IOException {
        SplitMix random = new SplitMix(prefixes.size());
        Graph.Builder builder = new Graph.Builder(false);
        List<String> lines = new ArrayList<>();
        for (String prefix : prefixes) {
            for (int i = 0; i < COMMUNITIES * MEMBERS; i++) {
                StringBuilder line = new StringBuilder(prefix + i);
                for (int f = 0; f < 8; f++) {
                    double noise = 2.5 * (random.nextDouble() + random.nextDouble() - 1);
                    line.append(' ').append((float) (noise + (f == i % COMMUNITIES ? 1 : 0)));
                }
                lines.add(line.toString());
                for (int e = 0; e < 6; e++) {
                    int j = random.nextInt(MEMBERS) * COMMUNITIES
                            + (random.nextInt(12) == 0 ? random.nextInt(COMMUNITIES) : i % COMMUNITIES);
                    builder.edge(prefix + i, prefix + j);
                }
            }
        }
        builder.node("lonely");
        features = WordVectors.read(Files.write(folder.resolve("features.txt"), lines), WordVectorFormat.GLOVE_TEXT);
        return builder.build();
    }

    @Test
    void nodesThatItNeverSawFindTheirCommunity() throws Exception {
        Graph seen = graph(List.of("a"));
        WordVectors seenFeatures = features;
        GraphSageTraining.train(seen, seenFeatures, SMALL, TrainingOutput.in(folder.resolve("model")));
        GraphSage model = GraphSage.read(folder.resolve("model").resolve(GraphSageTraining.MODEL));

        Graph other = graph(List.of("x", "y"));
        float[][] z = model.vectors(other, features);
        assertThat(nearestOfSameCommunity(other, i -> z[i])).isGreaterThan(0.75);
        assertThat(nearestOfSameCommunity(
                        other, i -> features.vector(other.names().text(i)).orElseThrow()))
                .as("features alone do not tell")
                .isLessThan(0.5);
        assertThat(z[other.names().find("lonely")]).hasSize(16).doesNotContain(Float.NaN);
        assertThat(Files.readString(folder.resolve("model").resolve("model.json")))
                .contains("\"family\" : \"graphsage\"");
    }

    private interface Vectors {
        float[] of(int node);
    }

    private static double nearestOfSameCommunity(Graph graph, Vectors vectors) {
        int right = 0;
        int asked = 0;
        for (int v = 0; v < graph.nodes(); v++) {
            int best = -1;
            double nearest = Double.NEGATIVE_INFINITY;
            for (int w = 0; w < graph.nodes(); w++) {
                boolean comparable = graph.degree(v) > 0 && graph.degree(w) > 0 && w != v && !graph.connected(v, w);
                if (comparable && similarity(vectors.of(v), vectors.of(w)) > nearest) {
                    nearest = similarity(vectors.of(v), vectors.of(w));
                    best = w;
                }
            }
            if (best >= 0) {
                asked++;
                right += community(graph, v) == community(graph, best) ? 1 : 0;
            }
        }
        return (double) right / asked;
    }

    private static int community(Graph graph, int node) {
        return Integer.parseInt(graph.names().text(node).substring(1)) % COMMUNITIES;
    }

    @Test
    void aTrainingThatWasStoppedEndsWithTheSameBits() throws Exception {
        Graph graph = graph(List.of("a"));
        Settings settings = new Settings(8, 8, 3, 3, 2, 3, 20, 0.01, 5);
        Path stopped = folder.resolve("stopped");
        assertThatThrownBy(() -> GraphSageTraining.train(
                        graph, features, settings, new TrainingOutput(stopped, Duration.ZERO, null, null, _ -> {
                            throw new IllegalStateException("stopped at the end, before the model is written");
                        })))
                .isInstanceOf(IllegalStateException.class);
        assertThat(stopped.resolve("checkpoint.bin")).exists();
        assertThat(stopped.resolve("model.json")).doesNotExist();
        assertThatThrownBy(() -> GraphSageTraining.train(
                        graph, features, SMALL, new TrainingOutput(stopped, Duration.ofHours(1), null, null, null)))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("other settings");
        GraphSageTraining.train(
                graph, features, settings, new TrainingOutput(stopped, Duration.ofHours(1), null, null, null));
        GraphSageTraining.train(graph, features, settings, TrainingOutput.in(folder.resolve("whole")));
        assertThat(Files.readAllBytes(stopped.resolve(GraphSageTraining.MODEL)))
                .isEqualTo(Files.readAllBytes(folder.resolve("whole").resolve(GraphSageTraining.MODEL)));
        assertThat(stopped.resolve("checkpoint.bin")).doesNotExist();
    }

    @Test
    void whatDoesNotFitIsRefused() throws Exception {
        Graph graph = graph(List.of("a"));
        GraphSageTraining.train(graph, features, new Settings(8, 8, 3, 3, 2, 3, 1, 0.01, 5), TrainingOutput.in(folder));
        Path file = folder.resolve(GraphSageTraining.MODEL);
        GraphSage model = GraphSage.read(file);
        WordVectors fewer = WordVectors.read(
                Files.writeString(folder.resolve("fewer.txt"), "a1 1 2\n"), WordVectorFormat.GLOVE_TEXT);
        assertThatThrownBy(() -> model.vectors(graph, fewer)).hasMessageContaining("wants 8 features");
        WordVectors others = WordVectors.read(
                Files.writeString(folder.resolve("others.txt"), "b1 1 2\n"), WordVectorFormat.GLOVE_TEXT);
        assertThatThrownBy(() -> GraphSageTraining.train(graph, others, SMALL, TrainingOutput.in(folder)))
                .hasMessageContaining("names have to be the same");
        byte[] bytes = Files.readAllBytes(file);
        for (int cut : new int[] {0, 7, 30, bytes.length - 1}) {
            Files.write(file, Arrays.copyOf(bytes, cut));
            assertThatThrownBy(() -> GraphSage.read(file)).isInstanceOf(InvalidModelException.class);
        }
        bytes[40] ^= 1;
        Files.write(file, bytes);
        assertThatThrownBy(() -> GraphSage.read(file)).isInstanceOf(InvalidModelException.class);
    }
}
