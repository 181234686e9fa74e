package dev.quiver.langchain4j;

import dev.langchain4j.store.embedding.filter.Filter;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Where the records are: in this process or behind the HTTP API. The collection compares by cosine. */
interface Backend extends AutoCloseable {
    /** @param text null for an embedding alone */
    record Row(String id, float[] vector, String text, Map<String, Object> attributes) {}

    record Found(String id, float cosine, float[] vector, String text, Map<String, Object> attributes) {}

    void upsert(List<Row> rows);

    /**
     * The nearest, best first.
     *
     * @param filter or null
     * @param minCosine hits with a lower one may be left out
     * @param accuracy 0.5 to 1
     */
    List<Found> search(float[] vector, int topK, Filter filter, OptionalDouble minCosine, double accuracy);

    void delete(List<String> ids);

    /** @param filter null for all */
    void delete(Filter filter);

    @Override
    void close();

    /** @throws IllegalArgumentException because relevance scores of 0 to 1 can only be had of cosines */
    static void requireCosine(String collection, String metric) {
        if (!metric.equals("cosine")) {
            throw new IllegalArgumentException("The collection '" + collection + "' compares by " + metric
                    + ", and LangChain4j's scores from 0 to 1 need cosine. Use a collection with the metric cosine.");
        }
    }

    static void requireDimension(String collection, int holds, int wanted) {
        if (holds != wanted) {
            throw new IllegalArgumentException("The collection '" + collection + "' holds vectors of " + holds
                    + " components, not of " + wanted + ". Use the embedding model that it was made with.");
        }
    }
}
