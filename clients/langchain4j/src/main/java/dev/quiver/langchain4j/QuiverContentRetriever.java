package dev.quiver.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.quiver.client.Hit;
import dev.quiver.client.Mode;
import dev.quiver.client.QueryRequest;
import dev.quiver.client.QueryResponse;
import dev.quiver.client.QuiverClient;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * Passages of a collection behind Quiver's HTTP API that are near to a query, or have its words. The query's text is sent, and the server embeds it by the collection's own model: no model is needed here, and none
 * can be the wrong one. The collection compares by cosine; scores are 0 to 1.
 */
public final class QuiverContentRetriever implements ContentRetriever {
    private final QuiverClient client;
    private final String collection;
    private final int maxResults;
    private final double minScore;
    private final double accuracy;
    private final Function<Query, Filter> filter;
    private final Mode mode;

    private QuiverContentRetriever(Builder builder) {
        this.client = builder.client;
        this.collection = builder.collection;
        this.maxResults = builder.maxResults;
        this.minScore = builder.minScore;
        this.accuracy = builder.accuracy;
        this.filter = builder.filter;
        this.mode = builder.mode;
    }

    /** @param collection with an embedding model */
    public static Builder builder(QuiverClient client, String collection) {
        return new Builder(client, collection);
    }

    @Override
    public List<Content> retrieve(Query query) {
        QueryRequest request = QueryRequest.ofText(collection, query.text()).withTopK(maxResults);
        if (mode != Mode.TEXT) {
            request = request.withAccuracy(accuracy);
        }
        if (mode != Mode.VECTOR) {
            request = request.withMode(mode);
        }
        Filter chosen = filter.apply(query);
        if (chosen != null) {
            request = request.withFilter(HttpBackend.FILTERS.map(chosen));
        }
        OptionalDouble minCosine = Relevance.cosine(minScore);
        if (minCosine.isPresent()) {
            request = request.withMinScore(minCosine.getAsDouble());
        }
        QueryResponse answer = client.query(request);
        if (mode != Mode.VECTOR) {
            return answer.hits().stream()
                    .filter(h -> h.text() != null && !h.text().isBlank())
                    .map(h -> content(h, h.score()))
                    .toList();
        }
        Backend.requireCosine(collection, answer.metric().toString());
        return answer.hits().stream()
                .filter(h -> h.text() != null && !h.text().isBlank() && Relevance.of(h.score()) >= minScore)
                .map(h -> content(h, Relevance.of(h.score())))
                .toList();
    }

    private static Content content(Hit hit, double score) {
        return Content.from(
                TextSegment.from(hit.text(), Values.metadata(hit.attributes())),
                Map.of(ContentMetadata.SCORE, score, ContentMetadata.EMBEDDING_ID, hit.id()));
    }

    /** What is retrieved. */
    public static final class Builder {
        private final QuiverClient client;
        private final String collection;
        private int maxResults = 5;
        private double minScore;
        private double accuracy = 0.95;
        private Function<Query, Filter> filter = query -> null;
        private Mode mode = Mode.VECTOR;

        private Builder(QuiverClient client, String collection) {
            this.client = Objects.requireNonNull(client, "client");
            this.collection = Objects.requireNonNull(collection, "collection");
        }

        /** At most so many passages, 1 to 1,000; 5 if nothing is said. */
        public Builder maxResults(int number) {
            if (number < 1 || number > 1000) {
                throw new IllegalArgumentException("maxResults is " + number + ", it must be 1 to 1000.");
            }
            maxResults = number;
            return this;
        }

        /** Only passages with at least this score, 0 to 1. */
        public Builder minScore(double score) {
            if (!(score >= 0 && score <= 1)) {
                throw new IllegalArgumentException("minScore is " + score + ", it must be 0 to 1.");
            }
            minScore = score;
            return this;
        }

        /** The share of the true nearest that is to be found on average, 0.5 to 1; 0.95 if nothing is said. */
        public Builder accuracy(double share) {
            if (!(share >= 0.5 && share <= 1)) {
                throw new IllegalArgumentException("The accuracy is " + share + ", it must be 0.5 to 1.");
            }
            accuracy = share;
            return this;
        }

        /** Only passages whose metadata match. */
        public Builder filter(Filter always) {
            return dynamicFilter(query -> always);
        }

        /** Only passages whose metadata match what is made of each query, such as of its user; null for all. */
        public Builder dynamicFilter(Function<Query, Filter> ofQuery) {
            filter = Objects.requireNonNull(ofQuery, "ofQuery");
            return this;
        }

        /** What is searched: with {@link Mode#TEXT} scores are BM25, with {@link Mode#HYBRID} 0 to 1, and there is no least score. */
        public Builder mode(Mode other) {
            mode = Objects.requireNonNull(other, "mode");
            return this;
        }

        /** @throws IllegalArgumentException for a least score with another mode than {@link Mode#VECTOR} */
        public QuiverContentRetriever build() {
            if (mode != Mode.VECTOR && minScore > 0) {
                throw new IllegalArgumentException("minScore goes with mode vector: other scores are no similarity.");
            }
            return new QuiverContentRetriever(this);
        }
    }
}
