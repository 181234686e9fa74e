package dev.quiver.bench.cost;

/**
 * What is stored and asked in a month.
 *
 * @param vectors of float32
 * @param queries a month
 * @param attributeBytes of a record, what can be filtered by
 * @param textBytes of a record, what is only returned
 * @param topK records that a query returns, with text and attributes
 * @param rewritten share of the records that is written in a month
 */
public record Workload(
        double vectors,
        double queries,
        int dimension,
        double idBytes,
        double attributeBytes,
        double textBytes,
        int topK,
        double rewritten) {

    /** With the records of the cost page. */
    public static Workload of(double vectors, double queries, Figures assumed) {
        return new Workload(
                vectors,
                queries,
                (int) assumed.get("record.dimension"),
                assumed.get("record.id.bytes"),
                assumed.get("record.attribute.bytes"),
                assumed.get("record.text.bytes"),
                (int) assumed.get("query.top.k"),
                assumed.get("rewritten.a.month"));
    }

    public Workload withQueries(double others) {
        return new Workload(vectors, others, dimension, idBytes, attributeBytes, textBytes, topK, rewritten);
    }

    /** The first load, and nothing else. */
    Workload onlyLoaded() {
        return new Workload(vectors, 0, dimension, idBytes, attributeBytes, textBytes, topK, 1);
    }

    /** Of a record: what a search has to look at in services that bill it. */
    double searchedBytes() {
        return 4.0 * dimension + idBytes + attributeBytes;
    }

    double recordBytes() {
        return searchedBytes() + textBytes;
    }

    double answerBytes() {
        return topK * (idBytes + attributeBytes + textBytes);
    }
}
