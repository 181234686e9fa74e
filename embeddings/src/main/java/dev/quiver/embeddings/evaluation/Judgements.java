package dev.quiver.embeddings.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which documents answer which query, and how well.
 *
 * @param grades of the judged documents by query, in the order of the file; 0 and below is not relevant
 */
public record Judgements(Map<String, Map<String, Integer>> grades) {
    public Judgements {
        Map<String, Map<String, Integer>> copy = new LinkedHashMap<>();
        grades.forEach((q, g) -> copy.put(q, Collections.unmodifiableMap(new LinkedHashMap<>(g))));
        grades = Collections.unmodifiableMap(copy);
    }

    /** TREC's qrels: query, iteration (not looked at), document, grade, between white space. */
    public static Judgements readTrec(Path file) throws IOException {
        Collector collector = new Collector();
        Lines.read(file, "\\s+", (fields, at) -> {
            if (fields.size() != 4) {
                throw at.error(
                        "has " + fields.size()
                                + " fields; qrels of TREC have four: query, iteration, document, grade. With tabs and without iteration read it as TSV.");
            }
            collector.add(fields.get(0), fields.get(2), at.integer("grade", fields.get(3)), at);
        });
        return collector.judgements(file);
    }

    /** Query, document and grade between tabs, as BEIR has them; the first line may be headings. */
    public static Judgements readTsv(Path file) throws IOException {
        Collector collector = new Collector();
        Lines.read(file, "\t", (fields, at) -> {
            if (fields.size() != 3) {
                throw at.error("has " + fields.size()
                        + " fields between tabs; there have to be three: query, document, grade.");
            }
            if (at.number() > 1 || fields.get(2).matches("\\s*[+-]?\\d+\\s*")) {
                collector.add(fields.get(0), fields.get(1), at.integer("grade", fields.get(2)), at);
            }
        });
        return collector.judgements(file);
    }

    private static final class Collector {
        private final Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();

        void add(String query, String document, int grade, Lines.Line at) {
            Integer before =
                    grades.computeIfAbsent(query, _ -> new LinkedHashMap<>()).putIfAbsent(document, grade);
            if (before != null && before != grade) {
                throw at.error("judges document " + document + " of query " + query + " with " + grade
                        + ", but an earlier line with " + before + ". Leave one of them.");
            }
        }

        Judgements judgements(Path file) {
            if (grades.isEmpty()) {
                throw new InvalidJudgementsException(file + " has no judgement.");
            }
            return new Judgements(grades);
        }
    }
}
