package dev.quiver.index;

import dev.quiver.index.HybridResult.Hit;
import dev.quiver.index.View.Part;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.search.ExactScan;
import dev.quiver.index.search.Rows;
import dev.quiver.index.search.TopK;
import dev.quiver.index.search.TopK.Candidate;
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
        this.words = new TextSearcher(view, request.text(), settings);
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
        private float fused;

        Row(int part, int row) {
            this.part = part;
            this.row = row;
        }
    }

    /** @param nearest best first */
    HybridResult search(List<Candidate> nearest, long rowsScored, long looked) {
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
        switch (request.fusion().method()) {
            case RRF -> byRank();
            case WEIGHTED -> byScore();
        }
        double least = request.text().minScore().orElse(Double.NEGATIVE_INFINITY);
        List<Hit> hits = new ArrayList<>();
        for (Row r : rows.values()) {
            if (r.fused >= least) {
                hits.add(new Hit(
                        Collection.record(view.parts().get(r.part).source(), r.row),
                        r.fused,
                        metric.score(r.similarity),
                        r.textScore));
            }
        }
        hits.sort(Comparator.comparing(Hit::score, Comparator.reverseOrder())
                .thenComparing(h -> h.record().id()));
        boolean isAll = nearest.size() < depth
                && fitting.size() < depth
                && hits.size() <= request.text().topK();
        return new HybridResult(
                List.copyOf(hits.subList(0, Math.min(hits.size(), request.text().topK()))),
                isAll,
                view.sequence(),
                rowsScored,
                looked);
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

    private void byRank() {
        double k = request.fusion().k();
        double vectors = 2 * request.fusion().vectorWeight();
        for (Row r : rows.values()) {
            double sum = 0;
            if (r.vectorRank > 0) {
                sum += vectors / (k + r.vectorRank);
            }
            if (r.textRank > 0) {
                sum += (2 - vectors) / (k + r.textRank);
            }
            r.fused = (float) sum;
        }
    }

    private void byScore() {
        ToDoubleFunction<Row> nearness = r -> metric.higherIsNearer() ? r.similarity : -metric.score(r.similarity);
        ToDoubleFunction<Row> near = stretched(nearness);
        ToDoubleFunction<Row> fitting = stretched(r -> r.textScore);
        double weight = request.fusion().vectorWeight();
        for (Row r : rows.values()) {
            r.fused = (float) (weight * near.applyAsDouble(r) + (1 - weight) * fitting.applyAsDouble(r));
        }
    }

    /** To 0 for the worst and 1 for the best; 1 if all are the same and not 0. */
    private ToDoubleFunction<Row> stretched(ToDoubleFunction<Row> score) {
        double least = rows.values().stream().mapToDouble(score).min().orElse(0);
        double most = rows.values().stream().mapToDouble(score).max().orElse(0);
        double range = most - least;
        return range > 0 ? r -> (score.applyAsDouble(r) - least) / range : r -> score.applyAsDouble(r) == 0 ? 0 : 1;
    }
}
