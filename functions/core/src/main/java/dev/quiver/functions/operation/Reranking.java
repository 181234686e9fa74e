package dev.quiver.functions.operation;

import dev.quiver.functions.observe.Spans;
import dev.quiver.functions.operation.Messages.Rerank;
import dev.quiver.functions.rerank.Rerankers;
import dev.quiver.index.record.Record;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a request says about reranking, done: the best records of a search are scored anew by a model that reads query and text together. */
public final class Reranking {
    private static final int DEFAULT_DEPTH = 50;

    private Reranking() {}

    /**
     * Everything that can be said without the collection.
     *
     * @param rerank null for none
     * @param query what is reranked by if the request does not say; or null
     */
    public static void check(Check check, Rerank rerank, String query) {
        if (rerank == null) {
            return;
        }
        check.range(rerank.depth(), 1, Limits.RERANK, "/rerank/depth")
                .that(
                        rerank.query() != null || query != null,
                        "/rerank/query",
                        "Give the words to rerank by; only a search by 'text' has some of its own.")
                .that(rerank.query() == null || !rerank.query().isBlank(), "/rerank/query", "The query is blank.")
                .that(
                        rerank.query() == null || rerank.query().length() <= Limits.QUESTION_CHARACTERS,
                        "/rerank/query",
                        "The query is longer than " + Limits.QUESTION_CHARACTERS + " characters. Give a shorter one.")
                .that(rerank.field() == null || !rerank.field().isBlank(), "/rerank/field", "The name is blank.");
    }

    /** How many records are scored anew. */
    public static int depth(Rerank rerank) {
        return rerank.depth() == null ? DEFAULT_DEPTH : rerank.depth();
    }

    /**
     * Scores by id, best first; equals stay in their order. Records without the text are left out.
     *
     * @param query if the request does not say one
     * @param records best first, of which as many are scored as it is deep
     */
    public static Map<String, Double> scores(Rerankers rerankers, Rerank rerank, String query, List<Record> records) {
        record Scored(String id, double score) {}
        List<String> ids = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (Record r : records.subList(0, Math.min(depth(rerank), records.size()))) {
            Object text = rerank.field() == null ? r.text() : r.attributes().get(rerank.field());
            if (text instanceof String s && !s.isBlank()) {
                ids.add(r.id());
                texts.add(s);
            }
        }
        List<Double> scores = Spans.in(
                "rerank",
                _ -> rerankers.score(
                        rerank.model(), "/rerank/model", rerank.query() == null ? query : rerank.query(), texts));
        List<Scored> scored = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            scored.add(new Scored(ids.get(i), scores.get(i)));
        }
        scored.sort(Comparator.comparingDouble(Scored::score).reversed());
        Map<String, Double> best = new LinkedHashMap<>();
        scored.forEach(s -> best.put(s.id, s.score));
        return best;
    }
}
