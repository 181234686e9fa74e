package dev.quiver.embeddings.graphs;

import static dev.quiver.embeddings.TestFiles.similarity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.embeddings.training.SplitMix;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.embeddings.words.WordVectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphTest {
    @TempDir
    private Path folder;

    @Test
    void anEdgeListIsReadWithWeightsCommentsAndLonelyNodes() throws IOException {
        Path file = Files.writeString(
                folder.resolve("edges.txt"), "# a comment of words\na b\nb c 2.5\n\nlonely\na b\nd d\nc\ta\n");
        Graph graph = Graph.read(file, false);
        assertThat(graph.nodes()).isEqualTo(5);
        assertThat(graph.edges()).isEqualTo(6);
        assertThat(graph.selfLoops()).isOne();
        int a = graph.names().find("a");
        int b = graph.names().find("b");
        int c = graph.names().find("c");
        assertThat(graph.degree(graph.names().find("lonely"))).isZero();
        assertThat(graph.degree(graph.names().find("d"))).isZero();
        assertThat(graph.connected(a, b)).isTrue();
        assertThat(graph.weight(a, graph.find(a, b))).as("twice").isEqualTo(2);
        assertThat(graph.weight(c, graph.find(c, b))).isEqualTo(2.5f);
        Graph directed = Graph.read(file, true);
        assertThat(directed.connected(a, b)).isTrue();
        assertThat(directed.connected(b, a)).isFalse();
    }

    @Test
    void wrongLinesAreToldWithTheirNumber() throws IOException {
        refused("a b\na b x\n", "Line 2");
        refused("a b -1\n", "-1");
        refused("a b NaN\n", "NaN");
        refused("a b 1 2\n", "Line 1");
        refused("# nothing\n\n", "no node");
    }

    private void refused(String text, String why) throws IOException {
        Path file = Files.writeString(folder.resolve("edges.txt"), text);
        assertThatThrownBy(() -> Graph.read(file, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    /** From b, come from a: back to a 1/p, on to c, which a knows, 1, and to d, which it does not, 1/q; times the weights. */
    @Test
    void stepsAreDrawnAsNode2vecDefinesThem() {
        for (double[] pq : new double[][] {{1, 1}, {0.25, 4}, {4, 0.25}, {0.1, 1}, {1, 0.1}, {20, 20}}) {
            for (float weight : new float[] {1, 3}) {
                Graph.Builder builder = new Graph.Builder(false);
                int a = builder.node("a");
                int b = builder.node("b");
                int c = builder.node("c");
                int d = builder.node("d");
                builder.edge(a, b, weight);
                builder.edge(b, c, 1);
                builder.edge(b, d, 1);
                builder.edge(a, c, 1);
                Graph graph = builder.build();
                Walks walks = new Walks(graph, 3, pq[0], pq[1], 1);
                SplitMix random = new SplitMix(9);
                int[] walk = new int[3];
                int[] third = new int[4];
                int counted = 0;
                for (int i = 0; i < 300_000; i++) {
                    walks.walk(a, walk, random);
                    if (walk[1] == b) {
                        third[walk[2]]++;
                        counted++;
                    }
                }
                double back = weight / pq[0];
                double all = back + 1 + 1 / pq[1];
                String as = "p %s q %s weight %s".formatted(pq[0], pq[1], weight);
                assertThat((double) third[a] / counted).as(as).isCloseTo(back / all, within(0.005));
                assertThat((double) third[c] / counted).as(as).isCloseTo(1 / all, within(0.005));
                assertThat((double) third[d] / counted).as(as).isCloseTo(1 / pq[1] / all, within(0.005));
            }
        }
    }

    @Test
    void nodesOfOneCommunityBecomeNear() throws Exception {
        for (double[] pq : new double[][] {{1, 1}, {0.5, 2}}) {
            WordVectors vectors = NodeTraining.train(
                    communities(),
                    40,
                    pq[0],
                    pq[1],
                    NodeTraining.defaults().withDim(16).withThread(2),
                    TrainingOutput.in(folder));
            double inside = 0;
            double across = 0;
            for (int i = 0; i < 20; i++) {
                for (int j = 0; j < 20; j++) {
                    float[] x = vectors.vector("x" + i).orElseThrow();
                    inside += i == j ? 0 : similarity(x, vectors.vector("x" + j).orElseThrow()) / 380;
                    across += similarity(x, vectors.vector("y" + j).orElseThrow()) / 400;
                }
            }
            assertThat(inside).isGreaterThan(across + 0.3);
        }
        assertThat(Files.readString(folder.resolve("model.json"))).contains("\"family\" : \"node2vec\"");
    }

    private static Graph communities() {
        Graph.Builder builder = new Graph.Builder(false);
        SplitMix random = new SplitMix(2);
        for (String community : new String[] {"x", "y"}) {
            for (int i = 0; i < 20; i++) {
                for (int j = 0; j < i; j++) {
                    if (random.nextInt(2) == 0) {
                        builder.edge(community + i, community + j);
                    }
                }
            }
        }
        builder.edge("x0", "y0");
        builder.node("lonely");
        return builder.build();
    }

    @Test
    void aHubWithAMillionNeighboursIsANodeLikeOthers() throws Exception {
        Graph.Builder builder = new Graph.Builder(false);
        int hub = builder.node("hub");
        int n = 1_000_000;
        for (int i = 0; i < n; i++) {
            builder.edge(hub, builder.node("n" + i), 1);
        }
        Graph graph = builder.build();
        assertThat(graph.degree(hub)).isEqualTo(n);
        Walks walks = new Walks(graph, 80, 0.25, 4, 1);
        long[] visits = new long[1];
        for (int chunk = 0; chunk < 40; chunk++) {
            walks.read(0, chunk, (walk, length, _) -> {
                assertThat(length).isEqualTo(80);
                for (int i = 0; i < length; i++) {
                    visits[0] += walk[i] == hub ? 1 : 0;
                }
            });
        }
        assertThat(visits[0]).as("every second step").isBetween(40L * 256 * 39, 40L * 256 * 41);
    }

    @Test
    void aGraphWithoutEdgesIsRefusedAndADirectedWalkEndsWhereNothingLeadsOn() throws Exception {
        Graph.Builder loops = new Graph.Builder(false);
        loops.edge("a", "a");
        loops.node("b");
        assertThatThrownBy(() ->
                        NodeTraining.train(loops.build(), 10, 1, 1, NodeTraining.defaults(), TrainingOutput.in(folder)))
                .hasMessageContaining("no edge");
        Graph.Builder path = new Graph.Builder(true);
        path.edge("a", "b").edge("b", "c");
        int[] walk = new int[10];
        assertThat(new Walks(path.build(), 10, 0.5, 2, 0).walk(0, walk, new SplitMix(0)))
                .isEqualTo(3);
        assertThatThrownBy(() -> new Walks(path.build(), 10, 0, 1, 0)).hasMessageContaining("p is 0.0");
        assertThatThrownBy(() -> new Walks(path.build(), 1, 1, 1, 0)).hasMessageContaining("2 to 1024");
    }
}
