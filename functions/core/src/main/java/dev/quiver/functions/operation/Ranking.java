package dev.quiver.functions.operation;

import dev.quiver.functions.operation.Messages.Grouping;
import dev.quiver.index.SearchResult.Hit;
import dev.quiver.index.vector.Metric;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is done with hits after the search: which of them are answered, and in which order. */
final class Ranking {
    private Ranking() {}

    /** The hits in the order of their ids in another list. */
    static List<Hit> inOrder(List<Hit> hits, Collection<String> ids) {
        Map<String, Hit> byId = new HashMap<>();
        hits.forEach(h -> byId.put(h.record().id(), h));
        return ids.stream().map(byId::get).toList();
    }

    /** These first, in their order, then the others in theirs. */
    static List<Hit> first(List<Hit> hits, Collection<String> ids) {
        List<Hit> all = new ArrayList<>(inOrder(hits, ids));
        hits.stream().filter(h -> !ids.contains(h.record().id())).forEach(all::add);
        return all;
    }

    /** At most so many with the same value of the field, the first ones. */
    static List<Hit> group(List<Hit> hits, Grouping by) {
        int size = by.size() == null ? 1 : by.size();
        Map<Object, Integer> seen = new HashMap<>();
        List<Hit> kept = new ArrayList<>();
        for (Hit h : hits) {
            Object value = h.record().attributes().get(by.field());
            if (value == null || seen.merge(value, 1, Integer::sum) <= size) {
                kept.add(h);
            }
        }
        return kept;
    }

    /**
     * Maximal marginal relevance: one after the other the hit that is nearest to the query and farthest from those already taken.
     *
     * @param hits best first
     * @param diversity 0 to 1: at 0 only nearness counts
     * @see <a href="https://doi.org/10.1145/290941.291025">Carbonell and Goldstein, 1998</a>
     */
    static List<Hit> diversify(List<Hit> hits, Metric metric, double diversity, int wanted) {
        int count = hits.size();
        double[] nearness = new double[count];
        double[] toTaken = new double[count];
        boolean[] isTaken = new boolean[count];
        for (int i = 0; i < count; i++) {
            nearness[i] = Similarity.nearness(metric, hits.get(i).score());
            toTaken[i] = Double.NEGATIVE_INFINITY;
        }
        List<Hit> taken = new ArrayList<>();
        while (taken.size() < Math.min(wanted, count)) {
            int best = -1;
            double bestValue = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < count; i++) {
                double value = taken.isEmpty() ? nearness[i] : (1 - diversity) * nearness[i] - diversity * toTaken[i];
                if (!isTaken[i] && (best < 0 || value > bestValue)) {
                    best = i;
                    bestValue = value;
                }
            }
            isTaken[best] = true;
            taken.add(hits.get(best));
            float[] last = hits.get(best).record().vector();
            for (int i = 0; i < count; i++) {
                if (!isTaken[i]) {
                    toTaken[i] = Math.max(
                            toTaken[i],
                            Similarity.nearness(metric, hits.get(i).record().vector(), last));
                }
            }
        }
        return taken;
    }
}
