package dev.quiver.functions.rag;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.rag.query.Query;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.observe.Spans;
import dev.quiver.functions.operation.Messages.Mode;
import dev.quiver.functions.operation.WordSearch;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.TextRequest;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Record;
import dev.quiver.index.text.TextQuery;
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
        return find(question, consistency, Mode.VECTOR);
    }

    /** With words, a passage that has some of the question's counts as being about it, however near it is. */
    Found find(String question, Consistency consistency, Mode mode) {
        float[] vector = Spans.in("embed", _ -> embedder.embed(List.of(question), TextEmbedder.Purpose.QUERY))
                .vectors()
                .getFirst();
        List<Passage> passages = new ArrayList<>();
        switch (mode) {
            case VECTOR -> {
                SearchRequest near = new SearchRequest(
                        vector, topK, filter, OptionalDouble.empty(), SearchRequest.Effort.DEFAULT, consistency);
                Spans.search(collection, near).hits().forEach(h -> add(passages, vector, h.record(), false));
            }
            case TEXT -> {
                TextRequest words = new TextRequest(
                        question, Map.of(), TextQuery.Matching.ANY, topK, filter, OptionalDouble.empty(), consistency);
                Spans.search(collection, words).hits().forEach(h -> add(passages, vector, h.record(), true));
            }
            case HYBRID ->
                WordSearch.hybrid(collection, vector, question, topK, filter, consistency)
                        .hits()
                        .forEach(h -> add(passages, vector, h.record(), h.textScore() > 0));
        }
        return new Found(vector, passages);
    }

    private void add(List<Passage> passages, float[] question, Record record, boolean hasWords) {
        float similarity = cosine(question, record.vector());
        String text = record.text();
        if ((hasWords || similarity >= embedder.relevance()) && text != null && !text.isBlank()) {
            passages.add(new Passage(record, similarity));
        }
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
