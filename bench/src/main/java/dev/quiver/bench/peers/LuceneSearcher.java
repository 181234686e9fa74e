package dev.quiver.bench.peers;

import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.IntField;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;

/** Lucene's HNSW graph over floats or quantised vectors; what was found by quantised ones is scored again by the floats. */
final class LuceneSearcher implements Searcher {
    private static final String VECTOR = "vector";
    private static final String BUCKET = "bucket";

    private final ScalarEncoding encoding;
    private final int oversampling;
    private DirectoryReader reader;
    private LeafReader leaf;

    /**
     * @param encoding of quantised vectors, or null for floats
     * @param oversampling how many candidates are scored again by the floats for each row that is asked for
     */
    LuceneSearcher(ScalarEncoding encoding, int oversampling) {
        this.encoding = encoding;
        this.oversampling = oversampling;
    }

    private KnnVectorsFormat format() {
        return encoding == null
                ? new Lucene99HnswVectorsFormat(Engines.CONNECTIONS, Engines.BEAM)
                : new Lucene104HnswScalarQuantizedVectorsFormat(encoding, Engines.CONNECTIONS, Engines.BEAM);
    }

    /** One flush and merges of neighbours only: a document's number is the row's. */
    static IndexWriterConfig config(KnnVectorsFormat format) {
        Codec standard = Codec.getDefault();
        KnnVectorsFormat vectors = new PerFieldKnnVectorsFormat() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return format;
            }
        };
        return new IndexWriterConfig()
                .setRAMBufferSizeMB(1900)
                .setUseCompoundFile(false)
                .setMergePolicy(new LogDocMergePolicy())
                .setCodec(new FilterCodec(standard.getName(), standard) {
                    @Override
                    public KnnVectorsFormat knnVectorsFormat() {
                        return vectors;
                    }
                });
    }

    @Override
    public void build(float[][] rows, Metric metric, Path folder) throws IOException {
        VectorSimilarityFunction similarity = metric == Metric.EUCLIDEAN
                ? VectorSimilarityFunction.EUCLIDEAN
                // Rows have unit length.
                : VectorSimilarityFunction.DOT_PRODUCT;
        try (MMapDirectory directory = new MMapDirectory(folder);
                IndexWriter writer = new IndexWriter(directory, config(format()))) {
            for (int r = 0; r < rows.length; r++) {
                Document document = new Document();
                document.add(new KnnFloatVectorField(VECTOR, rows[r], similarity));
                document.add(new IntField(BUCKET, Buckets.of(r), Store.NO));
                writer.addDocument(document);
            }
            writer.forceMerge(1);
        }
    }

    @Override
    public void open(Path folder, Metric metric, Path rows) throws IOException {
        reader = DirectoryReader.open(new MMapDirectory(folder));
        leaf = reader.leaves().getFirst().reader();
    }

    @Override
    public int[] search(float[] query, int k, int effort, Filter filter) throws IOException {
        int candidates = Math.max(k, effort);
        TopDocs found = filter == null
                ? leaf.searchNearestVectors(
                        VECTOR, query, candidates, AcceptDocs.fromLiveDocs(null, leaf.maxDoc()), Integer.MAX_VALUE)
                // The query, not the leaf, knows when to scan the few that a filter allows.
                : new IndexSearcher(reader)
                        .search(
                                new KnnFloatVectorQuery(
                                        VECTOR,
                                        query,
                                        candidates,
                                        IntField.newRangeQuery(BUCKET, 0, filter.share() - 1)),
                                candidates);
        return encoding == null
                ? Arrays.stream(found.scoreDocs).limit(k).mapToInt(d -> d.doc).toArray()
                : rescored(query, k, found.scoreDocs);
    }

    private int[] rescored(float[] query, int k, ScoreDoc[] candidates) throws IOException {
        int[] rows = Arrays.stream(candidates)
                .limit((long) k * oversampling)
                .mapToInt(d -> d.doc)
                .sorted()
                .toArray();
        VectorScorer scorer = leaf.getFloatVectorValues(VECTOR).rescorer(query);
        DocIdSetIterator iterator = scorer.iterator();
        float[] scores = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            iterator.advance(rows[i]);
            scores[i] = scorer.score();
        }
        return IntStream.range(0, rows.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -scores[i]))
                .limit(k)
                .mapToInt(i -> rows[i])
                .toArray();
    }
}
