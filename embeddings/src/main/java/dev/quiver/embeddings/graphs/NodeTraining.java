package dev.quiver.embeddings.graphs;

import dev.quiver.embeddings.training.Trainer;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.embeddings.training.TrainingSettings;
import dev.quiver.embeddings.training.WordTraining;
import dev.quiver.embeddings.words.Vocabulary;
import dev.quiver.embeddings.words.WordVectorFormat;
import dev.quiver.embeddings.words.WordVectorWriter;
import dev.quiver.embeddings.words.WordVectors;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** DeepWalk and node2vec: walks are the sentences of skip-gram. */
public final class NodeTraining {
    private NodeTraining() {}

    /** Ten walks of 80 nodes from each, a window of 10, 128 values: as DeepWalk and node2vec were measured. An epoch is a walk from each node. */
    public static TrainingSettings defaults() {
        return TrainingSettings.word2vec()
                .withDim(128)
                .withWs(10)
                .withEpoch(10)
                .withMinCount(1)
                .withT(0);
    }

    /** A node without an edge has a vector, too, which says nothing. */
    public static WordVectors train(
            Graph graph, int length, double p, double q, TrainingSettings settings, TrainingOutput output)
            throws IOException, InterruptedException {
        if (graph.edges() == 0) {
            throw new IllegalArgumentException("The graph has " + graph.nodes()
                    + " nodes and no edge between two of them: there is nothing to learn from.");
        }
        Walks walks = new Walks(graph, length, p, q, settings.seed());
        Vocabulary visits = graph.names().withCounts(node -> 1 + graph.degree(node));
        Trainer trainer = new Trainer(visits, walks, settings, 0, output.checkpoints(), output.listener());
        trainer.train();
        WordVectors vectors = WordVectors.of(visits, trainer.input());
        WordVectorWriter.write(
                output.folder().resolve(WordTraining.VECTORS), WordVectorFormat.WORD2VEC_TEXT, visits, trainer.input());
        Map<String, Object> statistics = new LinkedHashMap<>();
        statistics.put("nodes", graph.nodes());
        statistics.put("edges", graph.edges());
        statistics.put("selfLoopsLeftOut", graph.selfLoops());
        statistics.put("length", length);
        statistics.put("p", p);
        statistics.put("q", q);
        output.finish(p == 1 && q == 1 ? "deepwalk" : "node2vec", settings, statistics, List.of(WordTraining.VECTORS));
        return vectors;
    }
}
