package dev.quiver.functions.operation;

import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.observe.Spans;
import dev.quiver.functions.operation.Messages.Example;
import dev.quiver.functions.operation.Messages.Mode;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.operation.Messages.Strategy;
import dev.quiver.functions.operation.Messages.Truncated;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.functions.problem.Problems;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.vector.InvalidVectorException;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a query searches near.
 *
 * @param near one or more; a hit is as near as it is to the nearest of them
 * @param away what is nearer to one of these than to all of {@code near} is no hit
 * @param excluded ids that are no hits: the examples themselves
 * @param truncated of a text that was longer than the model's window, or null
 */
record Aim(List<float[]> near, List<float[]> away, Set<String> excluded, Truncated truncated) {

    private static Aim at(float[] vector, Set<String> excluded) {
        return new Aim(List.of(vector), List.of(), excluded, null);
    }

    /** Everything that can be said without the collection. */
    static void check(Check check, QueryRequest request) {
        if (WordSearch.mode(request) != Mode.VECTOR) {
            return;
        }
        int given = (request.vector() == null ? 0 : 1)
                + (request.text() == null ? 0 : 1)
                + (request.id() == null ? 0 : 1)
                + (request.positive() == null ? 0 : 1);
        check.that(
                        given == 1,
                        "",
                        "Give exactly one of 'vector', 'text', 'id' and 'positive'; there are " + given + ".")
                .that(request.text() == null || !request.text().isBlank(), "/text", "The text is blank.")
                .that(
                        request.positive() != null || (request.negative() == null && request.strategy() == null),
                        "/positive",
                        "'negative' and 'strategy' go with 'positive'; give at least one positive example.");
        if (request.positive() != null) {
            check.size(request.positive(), Limits.EXAMPLES, "/positive");
        }
        if (request.negative() != null) {
            check.size(request.negative(), Limits.EXAMPLES, "/negative");
        }
        check(check, request.positive(), "/positive");
        check(check, request.negative(), "/negative");
    }

    private static void check(Check check, List<Example> examples, String pointer) {
        for (int i = 0; examples != null && i < examples.size(); i++) {
            Example e = examples.get(i);
            if (e != null) {
                check.that(
                                (e.id() == null) != (e.vector() == null),
                                pointer + "/" + i,
                                "Give exactly one of 'id' and 'vector'.")
                        .that(
                                e.weight() == null || (e.weight() > 0 && e.weight() <= Float.MAX_VALUE),
                                pointer + "/" + i + "/weight",
                                "The weight is " + e.weight() + ", it must be above 0.");
            }
        }
    }

    static Aim of(QueryRequest request, Collection collection, EmbeddingModels models, Consistency consistency) {
        Schema schema = collection.schema();
        if (request.vector() != null) {
            return at(request.vector(), Set.of());
        }
        if (request.text() != null) {
            TextEmbedder embedder = RecordOperations.embedder(models, schema, collection, "/text");
            TextEmbedder.Embedded embedded =
                    Spans.in("embed", _ -> embedder.embed(List.of(request.text()), TextEmbedder.Purpose.QUERY));
            List<Truncated> truncated = EmbedOperation.truncated(embedded.truncations());
            return new Aim(
                    List.of(embedded.vectors().getFirst()),
                    List.of(),
                    Set.of(),
                    truncated.isEmpty() ? null : truncated.getFirst());
        }
        if (request.id() != null) {
            Map<String, float[]> found = fetch(collection, consistency, List.of(request.id()));
            return at(vector(found, request.id(), collection, "/id"), Set.of(request.id()));
        }
        return ofExamples(request, collection, consistency);
    }

    private static Aim ofExamples(QueryRequest request, Collection collection, Consistency consistency) {
        List<Example> negative = request.negative() == null ? List.of() : request.negative();
        Set<String> ids = new HashSet<>();
        request.positive().forEach(e -> ids.add(e.id()));
        negative.forEach(e -> ids.add(e.id()));
        ids.remove(null);
        Map<String, float[]> found = ids.isEmpty() ? Map.of() : fetch(collection, consistency, List.copyOf(ids));
        List<float[]> near = vectors(request.positive(), found, collection, "/positive");
        List<float[]> away = vectors(negative, found, collection, "/negative");
        if (request.strategy() == Strategy.BEST_SCORE) {
            return new Aim(near, away, ids, null);
        }
        Metric metric = collection.schema().metric();
        double[] target = mean(request.positive(), near, metric);
        if (!away.isEmpty()) {
            double[] from = mean(negative, away, metric);
            for (int i = 0; i < target.length; i++) {
                target[i] += target[i] - from[i];
            }
        }
        float[] vector = new float[target.length];
        for (int i = 0; i < target.length; i++) {
            vector[i] = (float) target[i];
        }
        try {
            Vectors.check(vector, vector.length, metric);
        } catch (InvalidVectorException e) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST,
                    "/positive",
                    "The examples cancel each other out. Take others, or the strategy best-score.");
        }
        return at(vector, ids);
    }

    private static double[] mean(List<Example> examples, List<float[]> vectors, Metric metric) {
        double[] sum = new double[vectors.getFirst().length];
        double weights = 0;
        for (int e = 0; e < examples.size(); e++) {
            double weight =
                    examples.get(e).weight() == null ? 1 : examples.get(e).weight();
            float[] x = vectors.get(e);
            // Under cosine only directions count, so a long vector must not count more.
            double length = metric == Metric.COSINE ? Similarity.norm(x) : 1;
            for (int i = 0; i < sum.length; i++) {
                sum[i] += weight * x[i] / length;
            }
            weights += weight;
        }
        for (int i = 0; i < sum.length; i++) {
            sum[i] /= weights;
        }
        return sum;
    }

    private static List<float[]> vectors(
            List<Example> examples, Map<String, float[]> found, Collection collection, String pointer) {
        List<float[]> vectors = new ArrayList<>();
        Schema schema = collection.schema();
        for (int i = 0; i < examples.size(); i++) {
            Example e = examples.get(i);
            String at = pointer + "/" + i;
            if (e.id() != null) {
                vectors.add(vector(found, e.id(), collection, at + "/id"));
            } else {
                try {
                    Vectors.check(e.vector(), schema.dimension(), schema.metric());
                } catch (InvalidVectorException wrong) {
                    throw ProblemException.at(Problems.kind(wrong), at + "/vector", wrong.getMessage());
                }
                vectors.add(e.vector());
            }
        }
        return vectors;
    }

    private static Map<String, float[]> fetch(Collection collection, Consistency consistency, List<String> ids) {
        try {
            Map<String, float[]> found = new HashMap<>();
            for (Record r : collection.fetch(ids, consistency).records()) {
                found.put(r.id(), r.vector());
            }
            return found;
        } catch (IllegalArgumentException e) {
            throw ProblemException.at(Kind.INVALID_REQUEST, "/id", e.getMessage());
        }
    }

    private static float[] vector(Map<String, float[]> found, String id, Collection collection, String pointer) {
        float[] vector = found.get(id);
        if (vector == null) {
            throw ProblemException.at(
                    Kind.RECORD_NOT_FOUND,
                    pointer,
                    "There is no record '" + id + "' in the collection '" + collection.name() + "'.");
        }
        return vector;
    }
}
