package dev.quiver.functions.operation;

import dev.quiver.functions.operation.Messages.ExplainedPart;
import dev.quiver.functions.operation.Messages.ExplainedSearch;
import dev.quiver.functions.operation.Messages.PlanName;
import dev.quiver.index.Explanation;
import dev.quiver.index.Explanation.ScannedPart;
import dev.quiver.index.Explanation.SegmentPart;
import dev.quiver.index.SearchResult;
import dev.quiver.index.search.SegmentSearch.Plan;
import dev.quiver.index.store.Meter;
import java.util.ArrayList;
import java.util.List;

/** How the searches of one query were done, in the words of the API. */
final class Explanations {
    private final Meter meter;
    private final Meter.Count begun;
    private final List<ExplainedSearch> searches = new ArrayList<>();

    Explanations(Meter meter) {
        this.meter = meter;
        this.begun = meter.count();
    }

    /** @param nanos that it took in all */
    void add(int topK, Explanation how, SearchResult result, long nanos) {
        List<ExplainedPart> parts = new ArrayList<>();
        long logRows = 0;
        long logScored = 0;
        for (Explanation.Part part : how.parts()) {
            switch (part) {
                case ScannedPart s
                when s.name() == null -> {
                    logRows += s.rows();
                    logScored += s.rowsScored();
                }
                case ScannedPart s ->
                    parts.add(new ExplainedPart(
                            s.name(), PlanName.DOCUMENTS, s.rows(), null, null, null, null, s.rowsScored(), null));
                case SegmentPart s -> parts.add(part(s));
            }
        }
        if (logRows > 0) {
            parts.add(new ExplainedPart(null, PlanName.LOG, logRows, null, null, null, null, logScored, null));
        }
        searches.add(new ExplainedSearch(
                topK, parts, result.rowsScored(), QueryOperation.millis(nanos - result.lookNanos())));
    }

    private static ExplainedPart part(SegmentPart s) {
        Integer clusters = s.clusters() == 0 ? null : s.clusters();
        return switch (s.plan()) {
            case Plan.Exact _ ->
                new ExplainedPart(
                        s.name(),
                        PlanName.EXACT,
                        s.rows(),
                        s.matching(),
                        clusters,
                        null,
                        null,
                        s.rowsScored(),
                        s.wasResident());
            case Plan.Clusters(int probes, int candidates) ->
                new ExplainedPart(
                        s.name(),
                        PlanName.CLUSTERS,
                        s.rows(),
                        s.matching(),
                        clusters,
                        probes,
                        candidates,
                        s.rowsScored(),
                        s.wasResident());
        };
    }

    Messages.Explanation all() {
        Meter.Count spent = meter.count().minus(begun);
        return new Messages.Explanation(List.copyOf(searches), spent.requests(), spent.bytesRead());
    }
}
