package dev.quiver.index;

import dev.quiver.index.HybridResult.Hit;
import dev.quiver.index.View.Part;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.search.ExactScan;
import dev.quiver.index.search.Rows;
import dev.quiver.index.search.TopK;
import dev.quiver.index.search.TopK.Candidate;
import dev.quiver.index.text.TermScore;
import dev.quiver.index.vector.KernelChoice;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Fuses the nearest rows and those whose words fit best. What only one of the searches has found gets its score in the other, too, so that no score has to be guessed. */
final class HybridSearcher {
    private final View view;
    private final HybridRequest request;
    private final TextSearcher words;
    private final Metric metric;
    private final Map<Long, Row> rows = new LinkedHashMap<>();

    HybridSearcher(View view, HybridRequest request, Settings settings) {
        this.view = view;
        this.request = request;
        // Its least score is one of the whole.
        this.words = new TextSearcher(view, request.text().withoutMinScore(), settings);
        this.metric = view.current().manifest().schema().metric();
    }

    private static final class Row {
        private final int part;
        private final int row;
        private float similarity = Float.NaN;
        private float textScore = Float.NaN;
        /** From 1; 0 if it is not in the list. */
        private int vectorRank;

        private int textRank;
        private double vectorShare;
        private double textShare;
        private float fused;

        Row(int part, int row) {
            this.part = part;
            this.row = row;
        }
    }

    private record Scored(Row row, Hit hit) {}

    /**
     * @param nearest best first
     * @param explanation is told how it is done; or null
     */
    HybridResult search(List<Candidate> nearest, long rowsScored, long looked, Explanation explanation) {
        int depth = request.fusion().depth();
        List<Candidate> fitting = words.best(depth);
        int rank = 0;
        for (Candidate c : nearest) {
            Row r = row(c);
            r.similarity = c.similarity();
            r.vectorRank = ++rank;
        }
        rank = 0;
        for (Candidate c : fitting) {
            Row r = row(c);
            r.textScore = c.similarity();
            r.textRank = ++rank;
        }
        complete();
        Explanation.Fused how =
                switch (request.fusion().method()) {
                    case RRF -> byRank();
                    case WEIGHTED -> byScore();
                };
        double least = request.text().minScore().orElse(Double.NEGATIVE_INFINITY);
        List<Scored> scored = new ArrayList<>();
        for (Row r : rows.values()) {
            r.fused = (float) (r.vectorShare + r.textShare);
            if (r.fused >= least) {
                scored.add(new Scored(
                        r,
                        new Hit(
                                Collection.record(view.parts().get(r.part).source(), r.row),
                                r.fused,
                                metric.score(r.similarity),
                                r.textScore)));
            }
        }
        scored.sort(Comparator.comparing((Scored s) -> s.hit.score(), Comparator.reverseOrder())
                .thenComparing(s -> s.hit.record().id()));
        boolean isAll = nearest.size() < depth
                && fitting.size() < depth
                && scored.size() <= request.text().topK();
        List<Scored> best =
                scored.subList(0, Math.min(scored.size(), request.text().topK()));
        if (explanation != null) {
            words.explain(explanation);
            explanation.fused(how);
            explain(best, explanation);
        }
        return new HybridResult(
                best.stream().map(Scored::hit).toList(),
                isAll,
                view.sequence(),
                rowsScored,
                looked,
                view.current().manifest().uid(),
                words.statistics());
    }

    private void explain(List<Scored> best, Explanation explanation) {
        List<List<TermScore>> terms = words.explain(best.stream()
                .map(s -> new Candidate(s.row.part, s.row.row, s.row.textScore))
                .toList());
        for (int i = 0; i < best.size(); i++) {
            Row r = best.get(i).row;
            explanation.hit(
                    best.get(i).hit.record().id(),
                    new Explanation.Hit(
                            terms.get(i),
                            new Explanation.Share(r.vectorRank, r.vectorShare),
                            new Explanation.Share(r.textRank, r.textShare)));
        }
    }

    private Row row(Candidate c) {
        return rows.computeIfAbsent((long) c.block() << 32 | c.row(), _ -> new Row(c.block(), c.row()));
    }

    private void complete() {
        Map<Integer, List<Row>> byPart = new LinkedHashMap<>();
        rows.values().forEach(r -> byPart.computeIfAbsent(r.part, _ -> new ArrayList<>())
                .add(r));
        ExactScan scan = new ExactScan(KernelChoice.best(), metric, request.vector());
        byPart.forEach((part, of) -> {
            List<Row> withoutText =
                    of.stream().filter(r -> Float.isNaN(r.textScore)).toList();
            float[] scores =
                    words.scores(part, withoutText.stream().mapToInt(r -> r.row).toArray());
            for (int i = 0; i < scores.length; i++) {
                withoutText.get(i).textScore = scores[i];
            }
            similarities(
                    view.parts().get(part),
                    of.stream().filter(r -> Float.isNaN(r.similarity)).toList(),
                    scan);
        });
    }

    private static void similarities(Part part, List<Row> of, ExactScan scan) {
        if (of.isEmpty()) {
            return;
        }
        int dimension = part.source().vector(of.getFirst().row).length;
        MemorySegment vectors = OffHeap.allocate(4L * dimension * of.size());
        MemorySegment norms = OffHeap.allocate(4L * of.size());
        for (int i = 0; i < of.size(); i++) {
            float[] x = part.source().vector(of.get(i).row);
            OffHeap.putFloats(vectors, 4L * dimension * i, x);
            OffHeap.putFloat(norms, 4L * i, (float) Vectors.norm(x));
        }
        TopK all = new TopK(of.size(), Float.NEGATIVE_INFINITY);
        scan.scan(0, new Rows(of.size(), vectors, norms, null, BitSets.ones(of.size())), null, all);
        all.best().forEach(c -> of.get(c.row()).similarity = c.similarity());
    }

    private Explanation.Fused byRank() {
        double k = request.fusion().k();
        double vectors = 2 * request.fusion().vectorWeight();
        for (Row r : rows.values()) {
            r.vectorShare = r.vectorRank > 0 ? vectors / (k + r.vectorRank) : 0;
            r.textShare = r.textRank > 0 ? (2 - vectors) / (k + r.textRank) : 0;
        }
        return new Explanation.Fused(request.fusion(), null, null);
    }

    private Explanation.Fused byScore() {
        Stretch near = stretch(r -> metric.higherIsNearer() ? r.similarity : -metric.score(r.similarity));
        Stretch fitting = stretch(r -> r.textScore);
        double weight = request.fusion().vectorWeight();
        for (Row r : rows.values()) {
            r.vectorShare = weight * near.of(r);
            r.textShare = (1 - weight) * fitting.of(r);
        }
        double sign = metric.higherIsNearer() ? 1 : -1;
        return new Explanation.Fused(
                request.fusion(),
                new Explanation.Range(sign * near.least, sign * near.most),
                new Explanation.Range(fitting.least, fitting.most));
    }

    /** To 0 for the worst and 1 for the best; 1 if all are the same and not 0. */
    private record Stretch(ToDoubleFunction<Row> score, double least, double most) {
        double of(Row r) {
            double range = most - least;
            if (range > 0) {
                return (score.applyAsDouble(r) - least) / range;
            }
            return score.applyAsDouble(r) == 0 ? 0 : 1;
        }
    }

    private Stretch stretch(ToDoubleFunction<Row> score) {
        return new Stretch(
                score,
                rows.values().stream().mapToDouble(score).min().orElse(0),
                rows.values().stream().mapToDouble(score).max().orElse(0));
    }
}
