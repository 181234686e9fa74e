package dev.quiver.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;

/** An example of each operation's request and answer, for the OpenAPI document. A test sends every request and compares the shape of every answer. */
final class Examples {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Map<String, String> REQUESTS = Map.ofEntries(
            Map.entry(
                    "embed",
                    "{\"inputs\": [{\"text\": \"How do I roll back a deployment?\"}], \"purpose\": \"query\"}"),
            Map.entry(
                    "upsert",
                    "{\"collection\": \"docs\", \"create\": {}, \"records\": [{\"id\": \"faq-17\", \"text\": \"Roll back with `deploy --to previous`.\", \"attributes\": {\"lang\": \"en\", \"year\": 2026}}]}"),
            Map.entry(
                    "query",
                    "{\"collection\": \"docs\", \"text\": \"how do I roll back?\", \"topK\": 3, \"filter\": {\"year\": {\"$gte\": 2020}}}"),
            Map.entry("rag", "{\"collection\": \"docs\", \"question\": \"How do I roll back?\"}"),
            Map.entry(
                    "count",
                    "{\"collection\": \"docs\", \"filter\": {\"year\": {\"$gte\": 2020}}, \"facets\": [\"lang\"]}"),
            Map.entry("outliers", "{\"collection\": \"docs\", \"ids\": [\"faq-17\"]}"),
            Map.entry("duplicates", "{\"collection\": \"docs\", \"minScore\": 0.95}"),
            Map.entry("recall", "{\"collection\": \"docs\", \"sample\": 100, \"topK\": 10}"),
            Map.entry("fetch", "{\"collection\": \"docs\", \"ids\": [\"faq-17\"]}"),
            Map.entry(
                    "update",
                    "{\"collection\": \"docs\", \"ids\": [\"faq-17\"], \"set\": {\"lang\": \"en\"}, \"unset\": [\"draft\"]}"),
            Map.entry("delete", "{\"collection\": \"docs\", \"ids\": [\"faq-17\"]}"),
            Map.entry("list", "{\"collection\": \"docs\", \"prefix\": \"faq-\", \"limit\": 100}"),
            Map.entry(
                    "collections/create",
                    "{\"name\": \"docs\", \"model\": \"all-minilm-l6-v2\", \"fields\": {\"year\": {\"type\": \"number\"}}}"),
            Map.entry("collections/describe", "{\"name\": \"docs\"}"),
            Map.entry("collections/update", "{\"name\": \"docs\", \"retention\": \"PT168H\"}"),
            Map.entry("collections/compact", "{\"name\": \"docs\"}"),
            Map.entry("collections/collect-garbage", "{\"name\": \"docs\"}"),
            Map.entry("collections/fork", "{\"name\": \"docs\", \"as\": \"docs-experiment\"}"),
            Map.entry("collections/restore", "{\"name\": \"docs\", \"asOf\": {\"sequence\": 1}}"),
            Map.entry("collections/list", "{}"),
            Map.entry("collections/delete", "{\"name\": \"docs\"}"));

    private static final String COLLECTION =
            "{\"name\": \"docs\", \"dimension\": 384, \"metric\": \"cosine\", \"model\": \"all-minilm-l6-v2\", \"text\": {\"fields\": [{\"name\": \"text\", \"analyzer\": \"standard\", \"weight\": 1.0}]}, \"records\": 1, \"segments\": 0, \"segmentBytes\": 0, \"logOperations\": 1, \"sequence\": 1, \"createdAt\": \"2026-11-23T10:15:30Z\", \"retention\": \"PT0S\", \"fields\": {\"year\": {\"type\": \"number\"}}, \"strict\": false, \"foundFields\": {\"lang\": [\"string\"], \"year\": [\"number\"]}}";

    private static final String RECORD =
            "{\"id\": \"faq-17\", \"version\": 1, \"text\": \"Roll back with `deploy --to previous`.\", \"attributes\": {\"lang\": \"en\", \"year\": 2026}}";

    private static final Map<String, String> RESPONSES = Map.ofEntries(
            Map.entry(
                    "embed",
                    "{\"model\": \"all-minilm-l6-v2\", \"dimension\": 384, \"embeddings\": [[0.021, -0.047, 0.033]], \"truncated\": []}"),
            Map.entry("upsert", "{\"sequence\": 1, \"upserted\": 1, \"superseded\": 0, \"truncated\": []}"),
            Map.entry(
                    "query",
                    "{\"hits\": [{\"id\": \"faq-17\", \"score\": 0.63, \"text\": \"Roll back with `deploy --to previous`.\", \"attributes\": {\"lang\": \"en\", \"year\": 2026}}], \"scoring\": \"cosine\", \"metric\": \"cosine\", \"higherIsNearer\": true, \"exhausted\": true, \"sequence\": 1, \"took\": {\"total\": 4.2, \"embed\": 3.6, \"look\": 0.2, \"search\": 0.4}}"),
            Map.entry(
                    "rag",
                    "{\"answer\": \"No language model is configured, so this is quoted from the documents:\\n\\n“Roll back with `deploy --to previous`.” [1]\", \"answered\": true, \"writer\": \"extractive\", \"citations\": [{\"number\": 1, \"id\": \"faq-17\", \"passage\": \"Roll back with `deploy --to previous`.\", \"score\": 0.63, \"attributes\": {\"lang\": \"en\", \"year\": 2026}, \"at\": [113]}], \"usage\": {\"passages\": 1, \"took\": 9.1}}"),
            Map.entry(
                    "recall",
                    "{\"recall\": 0.968, \"sample\": 100, \"topK\": 10, \"millis\": 0.08, \"exactMillis\": 3.1, \"sequence\": 1}"),
            Map.entry(
                    "count",
                    "{\"count\": 1, \"facets\": {\"lang\": [{\"value\": \"en\", \"count\": 1}]}, \"sequence\": 1}"),
            Map.entry(
                    "outliers",
                    "{\"scores\": [{\"id\": \"faq-17\", \"score\": 0.41, \"outlier\": false}], \"threshold\": 0.58, \"examined\": 1}"),
            Map.entry("duplicates", "{\"pairs\": [], \"examined\": 1}"),
            Map.entry("fetch", "{\"records\": [" + RECORD + "], \"missing\": [], \"sequence\": 1}"),
            Map.entry("update", "{\"updated\": 1, \"missing\": [], \"sequence\": 2}"),
            Map.entry("delete", "{\"deleted\": 1, \"sequence\": 2}"),
            Map.entry("list", "{\"records\": [" + RECORD + "], \"sequence\": 1}"),
            Map.entry("collections/create", COLLECTION.replaceFirst("\"foundFields\".*", "\"foundFields\": {}}")),
            Map.entry("collections/describe", COLLECTION),
            Map.entry("collections/update", COLLECTION),
            Map.entry(
                    "collections/compact",
                    "{\"changed\": true, \"folded\": 1, \"recordsWritten\": 1, \"segments\": 1}"),
            Map.entry("collections/collect-garbage", "{\"objects\": 2, \"bytes\": 1834}"),
            Map.entry("collections/fork", COLLECTION),
            Map.entry("collections/restore", COLLECTION),
            Map.entry("collections/list", "{\"collections\": [\"docs\"]}"),
            Map.entry("collections/delete", "{\"deleted\": \"docs\"}"));

    private Examples() {}

    static Object request(String operation) {
        return parse(REQUESTS.get(operation), operation);
    }

    static Object response(String operation) {
        return parse(RESPONSES.get(operation), operation);
    }

    private static Object parse(String json, String operation) {
        if (json == null) {
            throw new IllegalStateException("The operation " + operation + " has no example; add one here.");
        }
        try {
            return JSON.readValue(json, Object.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
