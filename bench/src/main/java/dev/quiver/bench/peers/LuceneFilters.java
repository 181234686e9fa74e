package dev.quiver.bench.peers;

import dev.quiver.index.filter.Filter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.IntField;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.store.MMapDirectory;

/** Lucene's graph over floats, searched with filters on attributes. */
public final class LuceneFilters implements AutoCloseable {
    private static final String VECTOR = "vector";

    private final DirectoryReader reader;
    private final IndexSearcher searcher;

    private LuceneFilters(DirectoryReader reader) {
        this.reader = reader;
        this.searcher = new IndexSearcher(reader);
    }

    /** An attribute, by row. */
    public record Attribute(String name, int[] values) {}

    /** @param rows of unit length */
    public static LuceneFilters build(Path folder, float[][] rows, Iterable<Attribute> attributes) throws IOException {
        try (MMapDirectory directory = new MMapDirectory(folder);
                IndexWriter writer = new IndexWriter(
                        directory,
                        LuceneSearcher.config(new Lucene99HnswVectorsFormat(Engines.CONNECTIONS, Engines.BEAM)))) {
            for (int r = 0; r < rows.length; r++) {
                Document document = new Document();
                document.add(new KnnFloatVectorField(VECTOR, rows[r], VectorSimilarityFunction.DOT_PRODUCT));
                for (Attribute a : attributes) {
                    document.add(new IntField(a.name, a.values[r], Store.NO));
                }
                writer.addDocument(document);
            }
            writer.forceMerge(1);
        }
        return new LuceneFilters(DirectoryReader.open(new MMapDirectory(folder)));
    }

    /**
     * @param candidates that the search of the graph keeps, at least {@code k}
     * @return rows, the nearest first
     */
    public int[] search(float[] query, int k, int candidates, Filter filter) throws IOException {
        Query restriction = filter instanceof Filter.All ? null : query(filter);
        return Arrays.stream(
                        searcher.search(new KnnFloatVectorQuery(VECTOR, query, candidates, restriction), k).scoreDocs)
                .mapToInt(d -> d.doc)
                .toArray();
    }

    private static Query query(Filter filter) {
        return switch (filter) {
            case Filter.And(var all) -> {
                BooleanQuery.Builder builder = new BooleanQuery.Builder();
                all.forEach(f -> builder.add(query(f), Occur.FILTER));
                yield builder.build();
            }
            case Filter.In(String name, var values) ->
                IntField.newSetQuery(
                        name,
                        values.stream().mapToInt(v -> ((Long) v).intValue()).toArray());
            case Filter.Compare(String name, var operator, Object value) -> {
                int bound = ((Long) value).intValue();
                yield switch (operator) {
                    case LT -> IntField.newRangeQuery(name, Integer.MIN_VALUE, bound - 1);
                    case GTE -> IntField.newRangeQuery(name, bound, Integer.MAX_VALUE);
                    default -> throw new IllegalArgumentException("not used here: " + operator);
                };
            }
            default -> throw new IllegalArgumentException("not used here: " + filter);
        };
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
