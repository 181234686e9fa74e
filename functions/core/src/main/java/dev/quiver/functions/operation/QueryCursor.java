package dev.quiver.functions.operation;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quiver.functions.operation.Messages.Mode;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.index.SearchResult;
import dev.quiver.index.SearchResult.Hit;
import dev.quiver.index.text.TextStatistics;
import dev.quiver.index.vector.Metric;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Where the next page of a query begins: after a score, in the state that the first page has seen. Of records that are equally near a search finds any first, and one for more hits may sum a score in another
 * order; so the token knows which hits of about that score were answered, and none comes twice. A search for words is repeated with the statistics of the first page, so that a compaction does not change the scores. What a fusion makes of two searches
 * depends on how deep they look, so its pages go through what was found at the first page's depth, and the token knows all hits that were answered.
 *
 * @param state that all pages are of
 * @param answered hits on the pages before
 * @param score of the last of them
 * @param ties those of them that have about this score, of a fusion all of them, as {@link #mark}s
 */
record QueryCursor(State state, int answered, float score, Set<String> ties) {
    /**
     * What a page is made from.
     *
     * @param uid of the collection
     * @param sequence of its last commit
     * @param depth of a fusion; else 0
     * @param statistics of words; null if they were not searched for
     */
    record State(String uid, long sequence, int depth, TextStatistics statistics) {
        static State of(SearchResult result) {
            return new State(result.uid(), result.sequence(), 0, null);
        }
    }

    /** What does not change which hits there are, and in which order. */
    private static final Set<String> FREE = Set.of("nextToken", "topK", "include", "consistency", "explain");

    private static final PageToken TOKEN = new PageToken("query", 6);
    private static final PageToken TOKEN_OF_WORDS = new PageToken("query", 8);
    private static final float ROUNDING = 1e-5f;

    /** Characters of a mark: 48 bits, so that two ids of ten thousand have the same one once in millions of queries. */
    private static final int MARK = 8;

    /** Without fields that are not given, so that tokens outlive an update that adds some. */
    private static final ObjectMapper JSON = new ObjectMapper()
            .setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL)
            .configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);

    /** @throws ProblemException if the token is none of this request's */
    static QueryCursor read(QueryRequest request) {
        boolean byWords = WordSearch.mode(request) != Mode.VECTOR;
        List<String> parts = (byWords ? TOKEN_OF_WORDS : TOKEN).read(request.nextToken(), request.collection());
        List<String> content = parts.subList(0, parts.size() - 1);
        if (!digest(request, content).equals(parts.getLast())) {
            throw refused(
                    "This token is of another request, or was changed. Repeat the fields of the first page (only topK, include, consistency and explain may differ), or start again without it.");
        }
        Set<String> ties = new HashSet<>();
        String marks = content.get(4);
        for (int i = 0; i < marks.length(); i += MARK) {
            ties.add(marks.substring(i, i + MARK));
        }
        return new QueryCursor(
                new State(
                        content.get(0),
                        Long.parseLong(content.get(1)),
                        byWords ? Integer.parseInt(content.get(5)) : 0,
                        byWords ? TextStatistics.parse(content.get(6)) : null),
                Integer.parseInt(content.get(2)),
                Float.parseFloat(content.get(3)),
                ties);
    }

    /** @throws ProblemException if the collection has been deleted and made anew since the page before */
    void check(State found) {
        if (!found.uid().equals(state.uid())) {
            throw refused(
                    "The collection was deleted and created anew since the page before. Start again without the token.");
        }
    }

    private static ProblemException refused(String detail) {
        return ProblemException.at(Kind.INVALID_REQUEST, "/nextToken", detail);
    }

    /** The hits that follow. */
    List<Hit> rest(List<Hit> hits, Metric metric) {
        return hits.stream()
                .filter(h -> isFused(state) || isTie(h.score())
                        ? !ties.contains(mark(h.record().id()))
                        : metric.higherIsNearer() ? h.score() < score : h.score() > score)
                .toList();
    }

    private boolean isTie(float other) {
        return Math.abs(other - score) <= ROUNDING * Math.max(1, Math.abs(score));
    }

    /**
     * The token for what comes after a page.
     *
     * @param before of the page; null on the first one
     * @param page not empty
     */
    static String next(QueryRequest request, QueryCursor before, State state, List<Hit> page) {
        QueryCursor next = new QueryCursor(
                // Statistics of later pages are those of the first.
                before == null ? state : before.state,
                (before == null ? 0 : before.answered) + page.size(),
                page.getLast().score(),
                new HashSet<>());
        if (before != null && (isFused(state) || next.isTie(before.score))) {
            next.ties.addAll(before.ties);
        }
        page.stream()
                .filter(h -> isFused(state) || next.isTie(h.score()))
                .forEach(h -> next.ties.add(mark(h.record().id())));
        List<String> parts = new ArrayList<>(List.of(
                next.state.uid(),
                Long.toString(next.state.sequence()),
                Integer.toString(next.answered),
                Float.toString(next.score),
                String.join("", next.ties)));
        if (next.state.statistics() != null) {
            parts.add(Integer.toString(next.state.depth()));
            parts.add(next.state.statistics().toString());
        }
        parts.add(digest(request, parts));
        return (next.state.statistics() == null ? TOKEN : TOKEN_OF_WORDS)
                .write(request.collection(), parts.toArray(String[]::new));
    }

    private static boolean isFused(State state) {
        return state.depth() > 0;
    }

    private static String digest(QueryRequest request, List<String> content) {
        ObjectNode fields = JSON.valueToTree(request);
        fields.remove(FREE);
        try {
            // As maps, whose order counts no more.
            return mark(JSON.writeValueAsString(List.of(JSON.convertValue(fields, Object.class), content)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String mark(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().encodeToString(Arrays.copyOf(hash, MARK * 6 / 8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
