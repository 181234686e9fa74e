package dev.quiver.functions.operation;

import dev.quiver.functions.operation.Messages.ExplainedField;
import dev.quiver.functions.operation.Messages.ExplainedFusion;
import dev.quiver.functions.operation.Messages.ExplainedHit;
import dev.quiver.functions.operation.Messages.ExplainedPart;
import dev.quiver.functions.operation.Messages.ExplainedSearch;
import dev.quiver.functions.operation.Messages.ExplainedShare;
import dev.quiver.functions.operation.Messages.ExplainedTerm;
import dev.quiver.functions.operation.Messages.ExplainedWords;
import dev.quiver.functions.operation.Messages.FusionMethod;
import dev.quiver.functions.operation.Messages.PlanName;
import dev.quiver.functions.operation.Messages.ScoreRange;
import dev.quiver.functions.operation.Messages.TermKind;
import dev.quiver.functions.operation.Messages.TermScore;
import dev.quiver.functions.operation.Messages.WordFrequency;
import dev.quiver.index.Explanation;
import dev.quiver.index.Explanation.ScannedPart;
import dev.quiver.index.Explanation.SegmentPart;
import dev.quiver.index.Explanation.WordsPart;
import dev.quiver.index.Fusion;
import dev.quiver.index.search.SegmentSearch.Plan;
import dev.quiver.index.store.Meter;
import dev.quiver.index.text.ExplainedTerm.Kind;
import java.util.ArrayList;
import java.util.List;

/** How the searches of one query were done, in the words of the API. */
final class Explanations {
    private final Meter meter;
    private final Meter.Count begun;
    private final List<ExplainedSearch> searches = new ArrayList<>();
    /** Of the search that the answer is made of. */
    private Explanation last = new Explanation();

    Explanations(Meter meter) {
        this.meter = meter;
        this.begun = meter.count();
    }

    /** @param nanos that it took, without bringing the view up to date */
    void add(int topK, Explanation how, long rowsScored, long nanos) {
        last = how;
        List<ExplainedPart> parts = new ArrayList<>();
        long logRows = 0;
        long logScored = 0;
        long logWords = 0;
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
                case WordsPart w when w.name() == null -> logWords += w.rows();
                case WordsPart w ->
                    parts.add(new ExplainedPart(
                            w.name(),
                            w.wasIndexed() ? PlanName.POSTINGS : PlanName.ANALYZED,
                            w.rows(),
                            null,
                            null,
                            null,
                            null,
                            0,
                            w.wasResident()));
            }
        }
        if (logRows > 0) {
            parts.add(new ExplainedPart(null, PlanName.LOG, logRows, null, null, null, null, logScored, null));
        }
        if (logWords > 0) {
            parts.add(new ExplainedPart(null, PlanName.LOG, logWords, null, null, null, null, 0, null));
        }
        searches.add(new ExplainedSearch(topK, parts, rowsScored, QueryOperation.millis(nanos)));
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
        return new Messages.Explanation(
                List.copyOf(searches),
                spent.requests(),
                spent.bytesRead(),
                last.words().map(Explanations::words).orElse(null),
                last.fused().map(Explanations::fusion).orElse(null));
    }

    private static ExplainedWords words(Explanation.Words words) {
        return new ExplainedWords(
                words.fields().stream()
                        .map(f -> new ExplainedField(f.name(), f.analyzer(), f.rows(), f.averageLength()))
                        .toList(),
                words.terms().stream()
                        .map(t -> new ExplainedTerm(
                                t.term(),
                                t.field(),
                                switch (t.kind()) {
                                    case WORD -> TermKind.WORD;
                                    case PHRASE -> TermKind.PHRASE;
                                    case PREFIX -> TermKind.PREFIX;
                                },
                                t.weight(),
                                t.rows() < 0 ? null : t.rows(),
                                t.idf(),
                                t.kind() == Kind.WORD
                                        ? null
                                        : t.words().entrySet().stream()
                                                .map(e -> new WordFrequency(e.getKey(), e.getValue()))
                                                .toList()))
                        .toList());
    }

    private static ExplainedFusion fusion(Explanation.Fused how) {
        boolean isRrf = how.fusion().method() == Fusion.Method.RRF;
        return new ExplainedFusion(
                isRrf ? FusionMethod.RRF : FusionMethod.WEIGHTED,
                isRrf ? how.fusion().k() : null,
                how.fusion().vectorWeight(),
                how.fusion().depth(),
                range(how.vector()),
                range(how.text()));
    }

    private static ScoreRange range(Explanation.Range range) {
        return range == null ? null : new ScoreRange(range.worst(), range.best());
    }

    /** What the score of a hit is made of; null if it is a metric. */
    ExplainedHit hit(String id) {
        Explanation.Hit hit = last.hits().get(id);
        return hit == null
                ? null
                : new ExplainedHit(
                        hit.terms().stream()
                                .map(t -> new TermScore(t.term(), t.field(), t.frequency(), t.length(), t.score()))
                                .toList(),
                        share(hit.vector()),
                        share(hit.text()));
    }

    private static ExplainedShare share(Explanation.Share share) {
        return share == null ? null : new ExplainedShare(share.rank() == 0 ? null : share.rank(), share.share());
    }
}
