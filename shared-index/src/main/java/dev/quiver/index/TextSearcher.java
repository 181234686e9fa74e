package dev.quiver.index;

import dev.quiver.index.SearchResult.Hit;
import dev.quiver.index.View.Part;
import dev.quiver.index.View.SegmentPart;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.record.TextField;
import dev.quiver.index.search.LiveRows;
import dev.quiver.index.search.TopK;
import dev.quiver.index.segment.Segment;
import dev.quiver.index.text.TermScore;
import dev.quiver.index.text.TextIndex;
import dev.quiver.index.text.TextQuery;
import dev.quiver.index.text.TextSearch;
import dev.quiver.index.text.TextSearch.Found;
import dev.quiver.index.text.TextStatistics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Searches the words of one view. Segments that are still arriving are asked at once, each in three rounds of reads and one for the rows that it answers with. */
final class TextSearcher {
    /** An arriving segment is asked for so many rows more, in case these are replaced; with more, it is waited for. */
    private static final int MOST_REMOVED = 1000;

    private final View view;
    private final TextRequest request;
    private final Settings settings;
    private final List<TextField> fields;
    private final TextQuery query;
    private final TextSearch search;
    /** Of each part; null if there is nothing to search for. */
    private final List<Found> found;
    /** Of each part, whether it was in memory whole. */
    private final List<Boolean> wasThere;

    TextSearcher(View view, TextRequest request, Settings settings) {
        this.view = view;
        this.request = request;
        this.settings = settings;
        this.fields = view.current().manifest().schema().text();
        this.query = request.query(view.current().manifest().schema());
        this.search = new TextSearch(query, request.statistics());
        this.wasThere = view.parts().stream().map(TextSearcher::isThere).toList();
        if (!(request.filter() instanceof Filter.All)) {
            // It needs all of them; so they come at once, and not one after the other.
            view.segments().forEach(s -> s.segment().startLoading());
        }
        if (query.isEmpty()) {
            found = null;
            return;
        }
        found = each(p -> search.look(index(view.parts().get(p))));
        search.decide(found);
        each(p -> {
            search.fetch(found.get(p));
            return p;
        });
    }

    private TextIndex index(Part part) {
        return switch (part) {
            case View.FreshPart f -> f.words().index(fields);
            case SegmentPart s ->
                s.segment().text().filter(t -> t.has(fields)).orElseGet(() -> {
                    Segment segment = s.segment();
                    segment.awaitResident();
                    return query.index(segment.key(), segment.rows(), segment::document);
                });
        };
    }

    /** What waits for the store does so at the same time. */
    private <T> List<T> each(IntFunction<T> what) {
        List<T> results = new ArrayList<>();
        List<Integer> waiting = new ArrayList<>();
        List<Supplier<T>> tasks = new ArrayList<>();
        for (int p = 0; p < view.parts().size(); p++) {
            int part = p;
            if (isThere(view.parts().get(p))) {
                results.add(what.apply(p));
            } else {
                results.add(null);
                waiting.add(p);
                tasks.add(() -> what.apply(part));
            }
        }
        List<T> arrived = settings.tasks().all(tasks);
        for (int i = 0; i < arrived.size(); i++) {
            results.set(waiting.get(i), arrived.get(i));
        }
        return results;
    }

    private static boolean isThere(Part part) {
        return !(part instanceof SegmentPart s) || s.segment().resident();
    }

    /** @param explanation is told how it is done; or null */
    TextResult search(long looked, Explanation explanation) {
        if (explanation != null) {
            explain(explanation);
        }
        List<TopK.Candidate> best = best(request.topK());
        List<Hit> hits = new ArrayList<>();
        for (TopK.Candidate c : best) {
            hits.add(new Hit(Collection.record(view.parts().get(c.block()).source(), c.row()), c.similarity()));
        }
        if (explanation != null) {
            List<List<TermScore>> terms = explain(best);
            for (int i = 0; i < best.size(); i++) {
                explanation.hit(hits.get(i).record().id(), new Explanation.Hit(terms.get(i), null, null));
            }
        }
        hits.sort(Comparator.comparing(Hit::score, Comparator.reverseOrder())
                .thenComparing(h -> h.record().id()));
        // Only now: what streams in would take processor and network from this search.
        view.segments().forEach(s -> s.segment().startLoading());
        return new TextResult(
                hits, view.sequence(), looked, view.current().manifest().uid(), statistics());
    }

    /** What the scores were made with. */
    TextStatistics statistics() {
        return search.statistics();
    }

    /** What is searched for, and where. */
    void explain(Explanation explanation) {
        List<Explanation.Field> explained = new ArrayList<>();
        for (int f = 0; f < query.fields().size(); f++) {
            TextField field = query.fields().get(f);
            explained.add(
                    new Explanation.Field(field.name(), field.analyzer(), search.rows(f), search.averageLength(f)));
        }
        explanation.words(new Explanation.Words(explained, search.terms()));
        for (int p = 0; found != null && p < view.parts().size(); p++) {
            explanation.add(
                    switch (view.parts().get(p)) {
                        case View.FreshPart f -> new Explanation.WordsPart(null, BitSets.count(f.live()), true, true);
                        case SegmentPart s ->
                            new Explanation.WordsPart(
                                    s.name(),
                                    s.segment().rows(),
                                    s.segment()
                                            .text()
                                            .filter(t -> t.has(fields))
                                            .isPresent(),
                                    wasThere.get(p));
                    });
        }
    }

    /** What the score of each is the sum of. */
    List<List<TermScore>> explain(List<TopK.Candidate> rows) {
        List<List<TermScore>> explained = new ArrayList<>();
        rows.forEach(_ -> explained.add(List.of()));
        for (int p = 0; found != null && p < view.parts().size(); p++) {
            int part = p;
            List<Integer> places = IntStream.range(0, rows.size())
                    .filter(i -> rows.get(i).block() == part)
                    .boxed()
                    .sorted(Comparator.comparing(i -> rows.get(i).row()))
                    .toList();
            if (!places.isEmpty()) {
                int[] sorted = places.stream().mapToInt(i -> rows.get(i).row()).toArray();
                List<List<TermScore>> of = search.explain(found.get(p), sorted);
                for (int i = 0; i < of.size(); i++) {
                    explained.set(places.get(i), of.get(i));
                }
            }
        }
        return explained;
    }

    /** The best live rows that the filter allows, best first. Of segments that are arriving these rows are there. */
    List<TopK.Candidate> best(int wanted) {
        if (found == null) {
            return List.of();
        }
        int k = Math.clamp(view.mostLiveRows(), 1, wanted);
        float floor =
                request.minScore().isPresent() ? (float) request.minScore().getAsDouble() : Float.NEGATIVE_INFINITY;
        TopK top = new TopK(k, floor);
        List<Supplier<List<TopK.Candidate>>> arriving = new ArrayList<>();
        for (int p = 0; p < view.parts().size(); p++) {
            Part part = view.parts().get(p);
            int number = p;
            if (isThere(part) || !(request.filter() instanceof Filter.All)) {
                search.search(found.get(p), part.matching(request.filter()), into(top, p));
            } else {
                arriving.add(() -> ofArriving((SegmentPart) part, number, k, floor));
            }
        }
        for (List<TopK.Candidate> some : settings.tasks().all(arriving)) {
            for (TopK.Candidate c : some) {
                if (c.similarity() > top.threshold()) {
                    top.add(c.block(), c.row(), c.similarity());
                }
            }
        }
        return top.best();
    }

    private List<TopK.Candidate> ofArriving(SegmentPart part, int number, int k, float floor) {
        LiveRows live = part.liveRows();
        Segment segment = part.segment();
        boolean waits = live.removed() > MOST_REMOVED;
        TopK own = new TopK(waits ? k : k + live.removed(), floor);
        search.search(found.get(number), waits ? live.bits(segment) : live.known(), into(own, number));
        List<TopK.Candidate> best = own.best();
        int[] rows = best.stream().mapToInt(TopK.Candidate::row).toArray();
        segment.fetchAnyRows(rows, rows.length);
        return waits
                ? best
                : best.stream()
                        .filter(c -> !live.isRemoved(segment.id(c.row())))
                        .toList();
    }

    private static TextSearch.Best into(TopK top, int block) {
        return new TextSearch.Best() {
            @Override
            public float threshold() {
                return top.threshold();
            }

            @Override
            public void add(int row, float score) {
                top.add(block, row, score);
            }
        };
    }

    /** The scores of some rows of one part; 0 where no word fits. */
    float[] scores(int part, int[] rows) {
        float[] scores = new float[rows.length];
        if (found == null || rows.length == 0) {
            return scores;
        }
        int[] sorted = rows.clone();
        Arrays.sort(sorted);
        long[] allowed = new long[BitSets.words(view.parts().get(part).source().rows())];
        for (int r : rows) {
            allowed[r >>> 6] |= 1L << r;
        }
        TopK top = new TopK(rows.length, Float.NEGATIVE_INFINITY);
        search.search(found.get(part), allowed, into(top, part));
        float[] ofSorted = new float[rows.length];
        top.best().forEach(c -> ofSorted[Arrays.binarySearch(sorted, c.row())] = c.similarity());
        for (int i = 0; i < rows.length; i++) {
            scores[i] = ofSorted[Arrays.binarySearch(sorted, rows[i])];
        }
        return scores;
    }
}
