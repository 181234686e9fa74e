package dev.quiver.bench.peers;

import dev.quiver.bench.data.VectorFiles;
import dev.quiver.index.vector.Metric;
import io.github.jbellis.jvector.disk.ReaderSupplier;
import io.github.jbellis.jvector.disk.ReaderSupplierFactory;
import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.OnHeapGraphIndex;
import io.github.jbellis.jvector.graph.RandomAccessVectorValues;
import io.github.jbellis.jvector.graph.SearchResult.NodeScore;
import io.github.jbellis.jvector.graph.diversity.VamanaDiversityProvider;
import io.github.jbellis.jvector.graph.similarity.BuildScoreProvider;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * JVector's graph and the float vectors, both in memory. The constructor and the file format are deprecated there in favour of a builder and of
 * graphs that are read from disk, which is not what is compared here.
 */
@SuppressWarnings("deprecation")
final class JVectorSearcher implements Searcher {
    private static final VectorTypeSupport TYPES =
            VectorizationProvider.getInstance().getVectorTypeSupport();
    private static final String GRAPH = "graph.bin";

    /** As its own examples have them: room for neighbours while building, and how far apart neighbours should be. */
    private static final float OVERFLOW = 1.2f;

    private static final float ALPHA = 1.2f;

    private RandomAccessVectorValues vectors;
    private VectorSimilarityFunction similarity;
    private GraphSearcher searcher;

    @Override
    public void build(float[][] rows, Metric metric, Path folder) throws IOException {
        RandomAccessVectorValues values = values(rows);
        try (GraphIndexBuilder builder = new GraphIndexBuilder(
                        values, similarity(metric), Engines.CONNECTIONS, Engines.BEAM, OVERFLOW, ALPHA, true);
                DataOutputStream out = new DataOutputStream(
                        new BufferedOutputStream(Files.newOutputStream(folder.resolve(GRAPH)), 1 << 16))) {
            ((OnHeapGraphIndex) builder.build(values)).save(out);
        }
    }

    @Override
    public void open(Path folder, Metric metric, Path rows) throws IOException {
        vectors = values(VectorFiles.readFloats(rows));
        similarity = similarity(metric);
        BuildScoreProvider scores = BuildScoreProvider.randomAccessScoreProvider(vectors, similarity);
        try (ReaderSupplier file = ReaderSupplierFactory.open(folder.resolve(GRAPH))) {
            searcher = new GraphSearcher(OnHeapGraphIndex.load(
                    file.get(), vectors.dimension(), OVERFLOW, new VamanaDiversityProvider(scores, ALPHA)));
        }
    }

    @Override
    public int[] search(float[] query, int k, int effort, Filter filter) {
        VectorFloat<?> vector = TYPES.createFloatVector(query);
        Bits allowed = filter == null ? Bits.ALL : filter::allows;
        NodeScore[] found = searcher.search(
                        DefaultSearchScoreProvider.exact(vector, similarity, vectors),
                        k,
                        Math.max(k, effort),
                        0,
                        0,
                        allowed)
                .getNodes();
        return Arrays.stream(found).mapToInt(n -> n.node).toArray();
    }

    private static RandomAccessVectorValues values(float[][] rows) {
        List<VectorFloat<?>> values =
                Stream.of(rows).map(TYPES::createFloatVector).collect(Collectors.toList());
        return new ListRandomAccessVectorValues(values, rows[0].length);
    }

    /** Rows of cosine sets have unit length. */
    private static VectorSimilarityFunction similarity(Metric metric) {
        return metric == Metric.EUCLIDEAN ? VectorSimilarityFunction.EUCLIDEAN : VectorSimilarityFunction.DOT_PRODUCT;
    }
}
