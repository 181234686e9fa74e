package dev.quiver.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A test collection for retrieval: documents, questions, and which documents were judged to answer which question. Read from a folder of
 * {@code corpus.jsonl} and {@code queries.jsonl} (fields {@code id} or {@code _id}, {@code title}, {@code text}) and {@code qrels.tsv} or
 * {@code qrels/test.tsv} (query, document, grade, below a line of headings), as the BEIR data sets have it.
 *
 * @param queries text by id, only those with judgements
 * @param grades of the judged documents by query; 0 is not relevant
 */
record Corpus(
        String name, List<Document> documents, Map<String, String> queries, Map<String, Map<String, Integer>> grades) {

    /** @param title may be empty */
    record Document(String id, String title, String text) {
        String titleAndText() {
            return (title + " " + text).strip();
        }
    }

    /** How to come by one. */
    static final String ADVICE = """
            Not measured: no corpus. Name one by `--corpus DIR` or `QUIVER_BENCH_CORPUS`: a folder of `corpus.jsonl`, `queries.jsonl` and \
            `qrels.tsv` (or `qrels/test.tsv`), which every BEIR data set is once unpacked, such as \
            <https://public.ukp.informatik.tu-darmstadt.de/thakur/BEIR/datasets/scifact.zip>.""";

    static Corpus load(Path folder) throws IOException {
        Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();
        Path qrels = folder.resolve("qrels.tsv");
        List<String> judgements = Files.readAllLines(Files.exists(qrels) ? qrels : folder.resolve("qrels/test.tsv"));
        for (String line : judgements.subList(1, judgements.size())) {
            String[] fields = line.split("\t", -1);
            grades.computeIfAbsent(fields[0], _ -> new LinkedHashMap<>()).put(fields[1], Integer.valueOf(fields[2]));
        }
        grades.values().removeIf(g -> g.values().stream().noneMatch(grade -> grade > 0));
        Map<String, String> queries = new LinkedHashMap<>();
        for (JsonNode q : lines(folder.resolve("queries.jsonl"))) {
            if (grades.containsKey(id(q))) {
                queries.put(id(q), q.path("text").asText());
            }
        }
        List<Document> documents = new ArrayList<>();
        for (JsonNode d : lines(folder.resolve("corpus.jsonl"))) {
            documents.add(new Document(
                    id(d),
                    d.path("title").asText("").strip(),
                    d.path("text").asText("").strip()));
        }
        return new Corpus(folder.toRealPath().getFileName().toString(), documents, queries, grades);
    }

    private static List<JsonNode> lines(Path file) throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank()) {
                nodes.add(json.readTree(line));
            }
        }
        return nodes;
    }

    private static String id(JsonNode node) {
        return node.path(node.has("id") ? "id" : "_id").asText();
    }
}
