package dev.quiver.functions.rag;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.rag.query.Query;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.observe.Spans;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.SearchResult;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Record;
import dev.quiver.index.vector.Vectors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Passages of a collection that are near to a question, for LangChain4j. */
public final class QuiverContentRetriever implements ContentRetriever {
    private final Collection collection;
    private final TextEmbedder embedder;
    private final int topK;
    private final Filter filter;

    public QuiverContentRetriever(Collection collection, TextEmbedder embedder, int topK, Filter filter) {
        this.collection = collection;
        this.embedder = embedder;
        this.topK = topK;
        this.filter = filter;
    }

    /**
     * A passage that was found.
     *
     * @param similarity cosine of its vector and the question's, whatever the collection's metric
     */
    public record Passage(Record record, float similarity) {}

    /** What was found for a question, best first. */
    public record Found(float[] question, List<Passage> passages) {}

    /** Passages with text that are similar enough to be about the question. */
    public Found find(String question) {
        return find(question, Consistency.STRONG);
    }

    Found find(String question, Consistency consistency) {
        float[] vector = Spans.in("embed", _ -> embedder.embed(List.of(question), TextEmbedder.Purpose.QUERY))
                .vectors()
                .getFirst();
        SearchResult result = Spans.search(
                collection,
                new SearchRequest(
                        vector, topK, filter, OptionalDouble.empty(), SearchRequest.Effort.DEFAULT, consistency));
        List<Passage> passages = new ArrayList<>();
        for (SearchResult.Hit hit : result.hits()) {
            float similarity = cosine(vector, hit.record().vector());
            String text = hit.record().text();
            if (similarity >= embedder.relevance() && text != null && !text.isBlank()) {
                passages.add(new Passage(hit.record(), similarity));
            }
        }
        return new Found(vector, passages);
    }

    @Override
    public List<Content> retrieve(Query query) {
        return find(query.text()).passages().stream()
                .map(p -> Content.from(
                        TextSegment.from(p.record.text(), metadata(p.record)),
                        Map.of(
                                ContentMetadata.SCORE,
                                (double) p.similarity,
                                ContentMetadata.EMBEDDING_ID,
                                p.record.id())))
                .toList();
    }

    /** LangChain4j keeps strings and numbers, under names that are not blank; other values go along as text. */
    private static Metadata metadata(Record record) {
        Metadata metadata = new Metadata();
        record.attributes().forEach((name, value) -> {
            if (name.isBlank()) {
                return;
            }
            switch (value) {
                case Long l -> metadata.put(name, l);
                case Double d -> metadata.put(name, d);
                default -> metadata.put(name, value.toString());
            }
        });
        return metadata;
    }

    static float cosine(float[] a, float[] b) {
        double dot = 0;
        for (int i = 0; i < a.length; i++) {
            dot += (double) a[i] * b[i];
        }
        double norms = Vectors.norm(a) * Vectors.norm(b);
        return norms == 0 ? 0 : (float) (dot / norms);
    }
}
