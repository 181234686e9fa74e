package dev.quiver.client;

/**
 * A measurement of the index on the live data; what is null is as the server does it.
 *
 * @param sample how many records to search for, 1 to 1,000
 * @param topK neighbours of each, 1 to 100
 * @param accuracy as in {@link QueryRequest}, as are probes and rescore
 */
public record RecallRequest(
        String collection, Integer sample, Integer topK, Double accuracy, Integer probes, Integer rescore) {
    public static RecallRequest of(String collection) {
        return new RecallRequest(collection, null, null, null, null, null);
    }

    public RecallRequest withSample(int other) {
        return new RecallRequest(collection, other, topK, accuracy, probes, rescore);
    }

    public RecallRequest withTopK(int other) {
        return new RecallRequest(collection, sample, other, accuracy, probes, rescore);
    }

    public RecallRequest withAccuracy(double other) {
        return new RecallRequest(collection, sample, topK, other, probes, rescore);
    }
}
