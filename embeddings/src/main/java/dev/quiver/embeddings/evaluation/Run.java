package dev.quiver.embeddings.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a search answered.
 *
 * @param rankings documents by query, best first
 */
public record Run(Map<String, List<String>> rankings) {
    public Run {
        Map<String, List<String>> copy = new LinkedHashMap<>();
        rankings.forEach((q, r) -> copy.put(q, List.copyOf(r)));
        rankings = Collections.unmodifiableMap(copy);
    }

    /**
     * TREC's runs: query, the letters Q0, document, rank, score, name of the run, between white space. Like trec_eval it goes by the score and not by the rank, and of equal scores by the
     * document's name, descending.
     */
    public static Run readTrec(Path file) throws IOException {
        Collector collector = new Collector();
        Lines.read(file, "\\s+", (fields, at) -> {
            if (fields.size() != 6) {
                throw at.error("has " + fields.size()
                        + " fields; a run of TREC has six: query, Q0, document, rank, score, name of the run.");
            }
            collector.add(fields.get(0), fields.get(2), at.decimal("score", fields.get(4)), at);
        });
        return collector.run(file);
    }

    /** Query, document and score between tabs; the first line may be headings. */
    public static Run readTsv(Path file) throws IOException {
        Collector collector = new Collector();
        Lines.read(file, "\t", (fields, at) -> {
            if (fields.size() != 3) {
                throw at.error("has " + fields.size()
                        + " fields between tabs; there have to be three: query, document, score.");
            }
            if (at.number() > 1 || fields.get(2).matches(".*\\d.*")) {
                collector.add(fields.get(0), fields.get(1), at.decimal("score", fields.get(2)), at);
            }
        });
        return collector.run(file);
    }

    private record Found(String document, double score) {}

    private static final class Collector {
        private final Map<String, List<Found>> found = new LinkedHashMap<>();
        private final Map<String, Set<String>> seen = new LinkedHashMap<>();

        void add(String query, String document, double score, Lines.Line at) {
            if (!seen.computeIfAbsent(query, _ -> new HashSet<>()).add(document)) {
                throw at.error(
                        "names document " + document + " of query " + query + " once more. Leave the better one.");
            }
            found.computeIfAbsent(query, _ -> new ArrayList<>()).add(new Found(document, score));
        }

        Run run(Path file) {
            if (found.isEmpty()) {
                throw new InvalidJudgementsException(file + " has no line of a run.");
            }
            Map<String, List<String>> rankings = new LinkedHashMap<>();
            found.forEach((query, documents) -> rankings.put(
                    query,
                    documents.stream()
                            .sorted(Comparator.comparingDouble(Found::score)
                                    .thenComparing(Found::document)
                                    .reversed())
                            .map(Found::document)
                            .toList()));
            return new Run(rankings);
        }
    }
}
