package dev.quiver.embeddings.evaluation;

import java.util.List;
import java.util.Map;

/** How good a ranking of documents is by the judgements of its query, from 0 to 1. A document that was not judged counts as not relevant, as in trec_eval. */
public interface Measure {
    /**
     * @param ranked documents, best first, none twice
     * @param grades of the judged documents; those above 0 are relevant
     */
    double of(List<String> ranked, Map<String, Integer> grades);

    /**
     * Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002) as trec_eval has it: the gain of a document is its grade, divided by log2(rank + 1), and the sum is divided by
     * that of the best possible ranking.
     */
    static Measure ndcg(int depth) {
        check(depth);
        return (ranked, grades) -> {
            int[] found = ranked.stream()
                    .limit(depth)
                    .mapToInt(d -> Math.max(0, grades.getOrDefault(d, 0)))
                    .toArray();
            int[] ideal = grades.values().stream()
                    .mapToInt(g -> -Math.max(0, g))
                    .sorted()
                    .limit(depth)
                    .map(g -> -g)
                    .toArray();
            double best = discounted(ideal);
            return best == 0 ? 0 : discounted(found) / best;
        };
    }

    /** The share of the relevant documents that are among the first. */
    static Measure recall(int depth) {
        check(depth);
        return (ranked, grades) -> {
            long relevant = grades.values().stream().filter(g -> g > 0).count();
            long found = ranked.stream()
                    .limit(depth)
                    .filter(d -> relevant(d, grades))
                    .count();
            return relevant == 0 ? 0 : (double) found / relevant;
        };
    }

    /** One over the rank of the first relevant document among the first, or 0. Its mean over queries is the MRR. */
    static Measure reciprocalRank(int depth) {
        check(depth);
        return (ranked, grades) -> {
            for (int i = 0; i < Math.min(depth, ranked.size()); i++) {
                if (relevant(ranked.get(i), grades)) {
                    return 1.0 / (i + 1);
                }
            }
            return 0;
        };
    }

    /** 1 if a relevant document is among the first, or 0. */
    static Measure hit(int depth) {
        check(depth);
        return (ranked, grades) -> ranked.stream().limit(depth).anyMatch(d -> relevant(d, grades)) ? 1 : 0;
    }

    private static boolean relevant(String document, Map<String, Integer> grades) {
        return grades.getOrDefault(document, 0) > 0;
    }

    private static double discounted(int[] gains) {
        double sum = 0;
        for (int i = 0; i < gains.length; i++) {
            sum += gains[i] / (Math.log(i + 2) / Math.log(2));
        }
        return sum;
    }

    private static void check(int depth) {
        if (depth < 1) {
            throw new IllegalArgumentException("The depth is " + depth + "; let it be at least 1.");
        }
    }
}
