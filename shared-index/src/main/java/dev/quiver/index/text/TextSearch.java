package dev.quiver.index.text;

import dev.quiver.index.text.TextIndex.Entry;
import dev.quiver.index.text.TextIndex.Key;
import dev.quiver.index.text.TextIndex.Term;
import dev.quiver.index.text.TextQuery.Group;
import dev.quiver.index.text.TextQuery.Part;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    /** Of these, rows that have them, one after the other. */
    private final Map<Key, Long> rowsWithAny = new HashMap<>();

    private final Optional<TextStatistics> given;

    /** @param given what scores are made with in place of what the indexes tell, see {@link #statistics} */
    public TextSearch(TextQuery query, Optional<TextStatistics> given) {
        this.query = query;
        this.given = given;
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
        Keys keys = keys();
        for (Key k : keys.prefixes) {
            if (found.fields[k.field()] >= 0) {
                found.withPrefix.put(
                        k, index.withPrefix(found.fields[k.field()], k.term().bytes()));
            }
        }
        found.find(keys.words);
        return found;
    }

    private record Keys(Set<Key> words, Set<Key> prefixes) {}

    /** What the query looks for, in the order in which it stands there. */
    private Keys keys() {
        Keys keys = new Keys(new LinkedHashSet<>(), new LinkedHashSet<>());
        for (Group g : query.counted().keySet()) {
            for (Part p : g.parts()) {
                switch (p) {
                    case Part.Word(Term t) -> keys.words.add(new Key(g.field(), t));
                    case Part.Words(List<Term> terms, var _) ->
                        terms.forEach(t -> keys.words.add(new Key(g.field(), t)));
                    case Part.Prefix(Term t) -> keys.prefixes.add(new Key(g.field(), t));
                }
            }
        }
        return keys;
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
        withPrefix.forEach((k, terms) -> {
            List<Term> chosen = terms.entrySet().stream()
                    .sorted(mostFirst)
                    .limit(TextQuery.MOST_EXPANSIONS)
                    .map(Map.Entry::getKey)
                    .toList();
            expansions.put(k, chosen);
            rowsWithAny.put(k, chosen.stream().mapToLong(terms::get).sum());
        });
        given.ifPresent(this::take);
    }

    /**
     * What scores depend on, once it is decided.
     *
     * <p>Of a beginning, which words it stands for matters only if there are more than count: in a state of a collection that is only compacted words disappear, and those that do have no rows.
     */
    public TextStatistics statistics() {
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < rows.length; i++) {
            numbers.add(rows[i]);
            numbers.add(words[i]);
        }
        Keys keys = keys();
        keys.words.forEach(k -> numbers.add(rowsWith.getOrDefault(k, 0L)));
        for (Key k : keys.prefixes) {
            numbers.add(rowsWithAny.getOrDefault(k, 0L));
            numbers.add(mark(k));
        }
        return new TextStatistics(numbers);
    }

    /** Of the words that were chosen for a beginning; 0 if that were all. */
    private long mark(Key prefix) {
        if (withPrefix.getOrDefault(prefix, Map.of()).size() <= TextQuery.MOST_EXPANSIONS) {
            return 0;
        }
        return 1L + (new HashSet<>(expansions.get(prefix)).hashCode() & 0xFFFFFFFFL);
    }

    private void take(TextStatistics earlier) {
        Keys keys = keys();
        List<Long> numbers = earlier.numbers();
        if (numbers.size() != 2 * rows.length + keys.words.size() + 2 * keys.prefixes.size()) {
            throw new IllegalArgumentException("The statistics are of another query.");
        }
        Iterator<Long> next = numbers.iterator();
        for (int i = 0; i < rows.length; i++) {
            rows[i] = next.next();
            words[i] = next.next();
        }
        for (Key k : keys.words) {
            rowsWith.put(k, checked(k, next.next()));
        }
        for (Key k : keys.prefixes) {
            rowsWithAny.put(k, next.next());
            if (next.next() != mark(k)) {
                throw new StatisticsGoneException();
            }
        }
    }

    private long checked(Key key, long with) {
        if (with > rows[key.field()]) {
            throw new IllegalArgumentException(
                    "The statistics tell of " + with + " rows with a word, and of " + rows[key.field()] + " in all.");
        }
        return with;
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
                yield e == null
                        ? null
                        : new Postings(found.index, e, weight * idf(field, rowsWith.getOrDefault(key, 0L)), a, c);
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
                    idf += idf(field, rowsWith.getOrDefault(key, 0L));
                    places.add(new Postings(found.index, e, 1, a, c));
                }
                yield new Phrase(
                        places, offsets.stream().mapToInt(Integer::intValue).toArray(), weight * idf, a, c);
            }
            case Part.Prefix(Term t) -> {
                Key key = new Key(field, t);
                List<Postings> any = new ArrayList<>();
                for (Term term : expansions.getOrDefault(key, List.of())) {
                    Entry e = found.entries.get(new Key(field, term));
                    if (e != null) {
                        any.add(new Postings(found.index, e, 1, a, c));
                    }
                }
                yield any.isEmpty() ? null : new Union(any, weight * idf(field, rowsWithPrefix(key)), a, c);
            }
        };
    }

    private long rowsWithPrefix(Key key) {
        return Math.min(rowsWithAny.getOrDefault(key, 0L), rows[key.field()]);
    }

    /** How many rows have a word in a field of the query. */
    public long rows(int field) {
        return rows[field];
    }

    /** How many words such a row has in it, on average. */
    public double averageLength(int field) {
        return rows[field] == 0 ? 0 : (double) words[field] / rows[field];
    }

    /** What is searched for, and what it weighs. Once it is decided. */
    public List<ExplainedTerm> terms() {
        List<ExplainedTerm> terms = new ArrayList<>();
        query.counted().forEach((g, count) -> {
            Part part = g.parts().getFirst();
            int field = g.field();
            double weight = count * query.fields().get(field).weight();
            String name = query.fields().get(field).name();
            terms.add(
                    switch (part) {
                        case Part.Word(Term t) -> {
                            long with = rowsWith.getOrDefault(new Key(field, t), 0L);
                            yield new ExplainedTerm(
                                    name(part),
                                    name,
                                    ExplainedTerm.Kind.WORD,
                                    weight,
                                    with,
                                    idf(field, with),
                                    Map.of());
                        }
                        case Part.Words(List<Term> of, var _) -> {
                            Map<String, Long> each = new LinkedHashMap<>();
                            double idf = 0;
                            for (Term t : of) {
                                long with = rowsWith.getOrDefault(new Key(field, t), 0L);
                                each.put(t.toString(), with);
                                idf += idf(field, with);
                            }
                            yield new ExplainedTerm(name(part), name, ExplainedTerm.Kind.PHRASE, weight, -1, idf, each);
                        }
                        case Part.Prefix(Term t) -> {
                            Key key = new Key(field, t);
                            Map<String, Long> each = new LinkedHashMap<>();
                            for (Term e : expansions.getOrDefault(key, List.of())) {
                                each.put(e.toString(), withPrefix.get(key).get(e));
                            }
                            long with = rowsWithPrefix(key);
                            yield new ExplainedTerm(
                                    name(part), name, ExplainedTerm.Kind.PREFIX, weight, with, idf(field, with), each);
                        }
                    });
        });
        return terms;
    }

    private static String name(Part part) {
        return switch (part) {
            case Part.Word(Term t) -> t.toString();
            case Part.Words(List<Term> terms, var _) ->
                "\"" + String.join(" ", terms.stream().map(Term::toString).toList()) + "\"";
            case Part.Prefix(Term t) -> t + "*";
        };
    }

    /**
     * What the score of each of some rows of an index is the sum of.
     *
     * @param sorted rows in ascending order
     */
    public List<List<TermScore>> explain(Found found, int[] sorted) {
        return found.index.guarded(() -> {
            Map<Group, List<Leaf>> leaves = new LinkedHashMap<>();
            query.counted().forEach((g, count) -> {
                // As they are scored: with 'all' each by itself, else one that counts so often.
                int leavesOf = query.mustMatchAll() ? count : 1;
                for (int i = 0; i < leavesOf; i++) {
                    Leaf l = leaf(found, g.field(), g.parts().getFirst(), query.mustMatchAll() ? 1 : count);
                    if (l != null) {
                        leaves.computeIfAbsent(g, _ -> new ArrayList<>()).add(l);
                    }
                }
            });
            List<List<TermScore>> explained = new ArrayList<>();
            for (int row : sorted) {
                List<TermScore> terms = new ArrayList<>();
                leaves.forEach((g, same) -> {
                    long sum = 0;
                    for (Leaf l : same) {
                        if (l.next(row) == row) {
                            sum += l.score();
                        }
                    }
                    Leaf first = same.getFirst();
                    if (first.next(row) == row) {
                        terms.add(new TermScore(
                                name(g.parts().getFirst()),
                                query.fields().get(g.field()).name(),
                                first.frequency(),
                                first.length(),
                                sum * Leaf.UNIT));
                    }
                });
                explained.add(terms);
            }
            return explained;
        });
    }

    private double idf(int field, long with) {
        return Math.log(1 + (rows[field] - with + 0.5) / (with + 0.5));
    }
}
