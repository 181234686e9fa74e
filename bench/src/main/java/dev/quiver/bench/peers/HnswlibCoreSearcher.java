package dev.quiver.bench.peers;

import com.github.jelmerk.hnswlib.core.DistanceFunctions;
import com.github.jelmerk.hnswlib.core.Item;
import com.github.jelmerk.hnswlib.core.hnsw.HnswIndex;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;

/** The HNSW graph of hnswlib's port to Java, in memory. It cannot filter. */
final class HnswlibCoreSearcher implements Searcher {
    private static final String INDEX = "index.bin";

    private HnswIndex<Integer, float[], Row, Float> index;

    private record Row(Integer id, float[] vector) implements Item<Integer, float[]> {
        private static final long serialVersionUID = 1;

        @Override
        public int dimensions() {
            return vector.length;
        }
    }

    @Override
    public void build(float[][] rows, Metric metric, Path folder) throws IOException, InterruptedException {
        // Rows of cosine sets have unit length.
        var distance = metric == Metric.EUCLIDEAN
                ? DistanceFunctions.FLOAT_EUCLIDEAN_DISTANCE
                : DistanceFunctions.FLOAT_INNER_PRODUCT;
        index = HnswIndex.newBuilder(rows[0].length, distance, rows.length)
                .withM(Engines.CONNECTIONS)
                .withEfConstruction(Engines.BEAM)
                .build();
        index.addAll(IntStream.range(0, rows.length)
                .mapToObj(r -> new Row(r, rows[r]))
                .toList());
        index.save(folder.resolve(INDEX));
    }

    @Override
    public void open(Path folder, Metric metric, Path rows) throws IOException {
        index = HnswIndex.load(folder.resolve(INDEX));
    }

    @Override
    public int[] search(float[] query, int k, int effort, Filter filter) {
        index.setEf(Math.max(k, effort));
        return index.findNearest(query, k).stream().mapToInt(r -> r.item().id()).toArray();
    }
}
