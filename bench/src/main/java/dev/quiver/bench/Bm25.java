package dev.quiver.bench;

import dev.quiver.bench.Corpus.Document;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.QueryBuilder;

/** The words of the question in the words of the documents: the baseline that every vector search is measured against. By Lucene. */
final class Bm25 {
    private static final String CONTENT = "content";
    private static final String ID = "id";

    private Bm25() {}

    /** The best documents by query, best first. */
    static Map<String, List<String>> rank(Corpus corpus, float k1, float b, int depth) throws IOException {
        BM25Similarity similarity = new BM25Similarity(k1, b);
        Map<String, List<String>> rankings = new LinkedHashMap<>();
        try (Analyzer analyzer = new EnglishAnalyzer();
                ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            IndexWriterConfig config = new IndexWriterConfig(analyzer).setSimilarity(similarity);
            try (IndexWriter writer = new IndexWriter(directory, config)) {
                for (Document d : corpus.documents()) {
                    var document = new org.apache.lucene.document.Document();
                    document.add(new StoredField(ID, d.id()));
                    document.add(new TextField(CONTENT, d.titleAndText(), Field.Store.NO));
                    writer.addDocument(document);
                }
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                IndexSearcher searcher = new IndexSearcher(reader);
                searcher.setSimilarity(similarity);
                QueryBuilder words = new QueryBuilder(analyzer);
                for (var q : corpus.queries().entrySet()) {
                    List<String> ranked = new ArrayList<>();
                    Query query = words.createBooleanQuery(CONTENT, q.getValue());
                    if (query != null) {
                        for (ScoreDoc hit : searcher.search(query, depth).scoreDocs) {
                            ranked.add(searcher.storedFields().document(hit.doc).get(ID));
                        }
                    }
                    rankings.put(q.getKey(), ranked);
                }
            }
        }
        return rankings;
    }
}
