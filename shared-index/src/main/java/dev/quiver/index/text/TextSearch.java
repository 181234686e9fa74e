package dev.quiver.index.text;

import dev.quiver.index.text.TextIndex.Entry;
import dev.quiver.index.text.TextIndex.Key;
import dev.quiver.index.text.TextIndex.Term;
import dev.quiver.index.text.TextQuery.Group;
import dev.quiver.index.text.TextQuery.Part;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A query on the way through all indexes of a collection: first each is asked what it has of the words, then, with what is known of all of them together, each for its best rows. So a row's score does not depend on the others that lie
 * beside it in a segment.
 *
 * <p>The score is BM25 with k1 = {@value #K1} and b = {@value #B}, as Lucene's: the sum over words and fields of weight · idf · f / (f + k1 · (1 − b + b · length / average length)), idf = ln(1 + (N − n + ½) / (n + ½)) of N rows that
 * have the field and n that have the word. A phrase counts as a word with the sum of its words' idf; a beginning as one word that as many rows have as its words together, at most N. Deleted rows count until compaction.
 *
 * @see <a href="https://doi.org/10.1561/1500000019">Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009</a>
 */
public final class TextSearch {
    public static final double K1 = 1.2;
    public static final double B = 0.75;

    private final TextQuery query;
    private final long[] rows;
    private final long[] words;
    private final Map<Key, Long> rowsWith = new HashMap<>();
    private final Map<Key, Map<Term, Long>> withPrefix = new HashMap<>();
    /** Of beginnings, the words they stand for. */
    private final Map<Key, List<Term>> expansions = new HashMap<>();

    public TextSearch(TextQuery query) {
        this.query = query;
        this.rows = new long[query.fields().size()];
        this.words = new long[query.fields().size()];
    }

    /** What an index has of a query. Keys are with the query's numbers of fields. */
    public static final class Found {
        private final TextIndex index;
        private final int[] fields;
        private final Map<Key, Entry> entries = new HashMap<>();
        private final Map<Key, Map<Term, Integer>> withPrefix = new HashMap<>();

        private Found(TextIndex index, TextQuery query) {
            this.index = index;
            this.fields = query.fields().stream().mapToInt(index::number).toArray();
        }

        private void find(Set<Key> keys) {
            List<Key> own = new ArrayList<>();
            Map<Key, Key> back = new HashMap<>();
            for (Key k : keys) {
                if (fields[k.field()] >= 0 && !entries.containsKey(k)) {
                    Key mine = new Key(fields[k.field()], k.term());
                    own.add(mine);
                    back.put(mine, k);
                }
            }
            index.find(own).forEach((k, e) -> entries.put(back.get(k), e));
        }
    }

    /** Asks one index. Safe for many threads. */
    public Found look(TextIndex index) {
        Found found = new Found(index, query);
        Set<Key> keys = new LinkedHashSet<>();
        for (Group g : query.counted().keySet()) {
            int field = found.fields[g.field()];
            for (Part p : g.parts()) {
                switch (p) {
                    case Part.Word(Term t) -> keys.add(new Key(g.field(), t));
                    case Part.Words(List<Term> terms, var _) -> terms.forEach(t -> keys.add(new Key(g.field(), t)));
                    case Part.Prefix(Term t) -> {
                        if (field >= 0) {
                            found.withPrefix.put(new Key(g.field(), t), index.withPrefix(field, t.bytes()));
                        }
                    }
                }
            }
        }
        found.find(keys);
        return found;
    }

    /** Once all indexes have been asked. */
    public void decide(List<Found> all) {
        for (Found f : all) {
            for (int i = 0; i < rows.length; i++) {
                if (f.fields[i] >= 0) {
                    rows[i] += f.index.field(f.fields[i]).rows();
                    words[i] += f.index.field(f.fields[i]).words();
                }
            }
            f.entries.forEach((k, e) -> rowsWith.merge(k, (long) e.rows(), Long::sum));
            f.withPrefix.forEach((k, terms) -> {
                Map<Term, Long> sums = withPrefix.computeIfAbsent(k, _ -> new HashMap<>());
                terms.forEach((t, n) -> sums.merge(t, (long) n, Long::sum));
            });
        }
        Comparator<Map.Entry<Term, Long>> mostFirst = Map.Entry.<Term, Long>comparingByValue()
                .reversed()
                .thenComparing((a, b) -> java.util.Arrays.compareUnsigned(
                        a.getKey().bytes(), b.getKey().bytes()));
        withPrefix.forEach((k, terms) -> expansions.put(
                k,
                terms.entrySet().stream()
                        .sorted(mostFirst)
                        .limit(TextQuery.MOST_EXPANSIONS)
                        .map(Map.Entry::getKey)
                        .toList()));
    }

    /** Reads what {@link #search} needs of an index. Safe for many threads. */
    public void fetch(Found found) {
        Set<Key> keys = new LinkedHashSet<>();
        expansions.forEach((k, terms) -> terms.forEach(t -> {
            if (found.withPrefix.getOrDefault(k, Map.of()).containsKey(t)) {
                keys.add(new Key(k.field(), t));
            }
        }));
        found.find(keys);
        List<Entry> withPositions = new ArrayList<>();
        for (Group g : query.counted().keySet()) {
            for (Part p : g.parts()) {
                if (p instanceof Part.Words(List<Term> terms, var _)) {
                    terms.stream()
                            .map(t -> found.entries.get(new Key(g.field(), t)))
                            .filter(java.util.Objects::nonNull)
                            .forEach(withPositions::add);
                }
            }
        }
        found.index.fetch(List.copyOf(found.entries.values()), withPositions);
    }

    /**
     * Offers the best rows of an index.
     *
     * @param allowed a bit a row; null for all
     */
    public void search(Found found, long[] allowed, Best top) {
        found.index.guarded(() -> {
            scan(found, allowed, top);
            return null;
        });
    }

    /** The best rows so far. */
    public interface Best {
        /** Only a score above this can enter. */
        float threshold();

        void add(int row, float score);
    }

    private void scan(Found found, long[] allowed, Best top) {
        if (query.isEmpty()) {
            return;
        }
        List<Leaf> leaves = new ArrayList<>();
        if (!query.mustMatchAll()) {
            query.counted().forEach((g, count) -> {
                Leaf l = leaf(found, g.field(), g.parts().getFirst(), count);
                if (l != null) {
                    leaves.add(l);
                }
            });
            if (!leaves.isEmpty()) {
                new TextScan(found.index.rows(), leaves, null).search(allowed, top);
            }
            return;
        }
        List<List<List<Leaf>>> units = new ArrayList<>();
        for (List<Group> unit : query.units()) {
            List<List<Leaf>> groups = new ArrayList<>();
            for (Group g : unit) {
                List<Leaf> group = new ArrayList<>();
                for (Part p : g.parts()) {
                    Leaf l = leaf(found, g.field(), p, 1);
                    if (l != null) {
                        leaves.add(l);
                        group.add(l);
                    }
                }
                if (group.size() == g.parts().size()) {
                    groups.add(group);
                }
            }
            if (groups.isEmpty()) {
                return;
            }
            units.add(groups);
        }
        new TextScan(found.index.rows(), leaves, units).search(allowed, top);
    }

    /** @return null if the index has no such row */
    private Leaf leaf(Found found, int field, Part part, int count) {
        double weight = count * query.fields().get(field).weight();
        double a = K1 * (1 - B);
        double c = K1 * B * rows[field] / Math.max(1, words[field]);
        return switch (part) {
            case Part.Word(Term t) -> {
                Key key = new Key(field, t);
                Entry e = found.entries.get(key);
                yield e == null ? null : new Postings(found.index, e, weight * idf(field, rowsWith.get(key)), a, c);
            }
            case Part.Words(List<Term> terms, List<Integer> offsets) -> {
                List<Postings> places = new ArrayList<>();
                double idf = 0;
                for (Term t : terms) {
                    Key key = new Key(field, t);
                    Entry e = found.entries.get(key);
                    if (e == null) {
                        yield null;
                    }
                    idf += idf(field, rowsWith.get(key));
                    places.add(new Postings(found.index, e, 1, a, c));
                }
                yield new Phrase(
                        places, offsets.stream().mapToInt(Integer::intValue).toArray(), weight * idf, a, c);
            }
            case Part.Prefix(Term t) -> {
                Key key = new Key(field, t);
                List<Postings> any = new ArrayList<>();
                long rowsWithAny = 0;
                for (Term term : expansions.getOrDefault(key, List.of())) {
                    rowsWithAny += withPrefix.get(key).get(term);
                    Entry e = found.entries.get(new Key(field, term));
                    if (e != null) {
                        any.add(new Postings(found.index, e, 1, a, c));
                    }
                }
                yield any.isEmpty()
                        ? null
                        : new Union(any, weight * idf(field, Math.min(rowsWithAny, rows[field])), a, c);
            }
        };
    }

    private double idf(int field, long with) {
        return Math.log(1 + (rows[field] - with + 0.5) / (with + 0.5));
    }
}
