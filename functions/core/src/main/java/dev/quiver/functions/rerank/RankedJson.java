package dev.quiver.functions.rerank;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;

/** What rerankers are asked in and answer with: all known ones took this form over from Cohere. */
final class RankedJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RankedJson() {}

    static ObjectNode request(String query, List<String> documents) {
        ObjectNode request = JSON.createObjectNode().put("query", query);
        documents.forEach(request.putArray("documents")::add);
        return request;
    }

    /**
     * @param documents how many there were
     * @return their scores, in their order
     * @throws IllegalStateException if the answer does not have one for each
     */
    static List<Double> scores(String answer, int documents) {
        JsonNode results;
        try {
            JsonNode all = JSON.readTree(answer);
            results = all.path("results").isArray() ? all.path("results") : all.path("data");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the answer is no JSON: " + e.getOriginalMessage(), e);
        }
        Double[] scores = new Double[documents];
        for (JsonNode r : results) {
            int index = r.path("index").asInt(-1);
            JsonNode score = r.path("relevance_score");
            if (index < 0 || index >= documents || scores[index] != null || !score.isNumber()) {
                throw new IllegalStateException("the answer has a result that cannot be: " + r);
            }
            scores[index] = score.asDouble();
        }
        List<Double> list = Arrays.asList(scores);
        if (list.contains(null)) {
            throw new IllegalStateException("the answer has " + results.size() + " scores for " + documents + " texts");
        }
        return list;
    }
}
