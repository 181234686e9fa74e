package dev.quiver.index.text;

import dev.quiver.index.record.TextField;
import dev.quiver.index.text.TextIndex.Term;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * What is searched for: words, {@code "phrases in quotes"} and beginnings of words, {@code auto*}. Whatever is written is a query: a quote without a second one is as if it were not there, and so is what an analyzer makes no word of.
 */
public final class TextQuery {
    /** Words, phrases and beginnings in all fields together; what comes after them in the text does not count. */
    public static final int MOST_WORDS = 1024;

    /** Words of a phrase that count. */
    public static final int MOST_IN_PHRASE = 64;

    /** Words that a beginning stands for: those that most rows have. */
    public static final int MOST_EXPANSIONS = 128;

    /** Which of its words a row must have. */
    public enum Matching {
        ANY,
        ALL
    }

    /** What is searched for in one field. */
    sealed interface Part {
        record Word(Term term) implements Part {}

        /** @param offsets of the words, in ascending order */
        record Words(List<Term> terms, List<Integer> offsets) implements Part {}

        record Prefix(Term prefix) implements Part {}
    }

    /** What one word of the text is in one field: parts that must all be there, if it matters. */
    record Group(int field, List<Part> parts) {}

    private final List<TextField> fields;
    private final Matching matching;
    /** Of each word or phrase of the text, what it is in each field in which it is something. */
    private final List<List<Group>> units = new ArrayList<>();

    private int parts;

    private TextQuery(List<TextField> fields, Matching matching) {
        this.fields = fields;
        this.matching = matching;
    }

    /** @param fields in which it is searched, with the weights that count */
    public static TextQuery of(String text, List<TextField> fields, Matching matching) {
        TextQuery query = new TextQuery(List.copyOf(fields), matching);
        query.parse(text);
        return query;
    }

    /** In which it is searched, with the weights that count. */
    public List<TextField> fields() {
        return fields;
    }

    boolean mustMatchAll() {
        return matching == Matching.ALL;
    }

    List<List<Group>> units() {
        return units;
    }

    /** Whether there is nothing to search for: no word is left of the text. */
    public boolean isEmpty() {
        return units.isEmpty();
    }

    private void parse(String text) {
        for (int i = 0; i < text.length() && parts < MOST_WORDS; ) {
            char c = text.charAt(i);
            int quote = c == '"' ? text.indexOf('"', i + 1) : -1;
            if (quote >= 0) {
                add(text.substring(i + 1, quote), true);
                i = quote + 1;
            } else if (c == '"' || Character.isWhitespace(c)) {
                i++;
            } else {
                int end = i;
                while (end < text.length() && text.charAt(end) != '"' && !Character.isWhitespace(text.charAt(end))) {
                    end++;
                }
                addWord(text.substring(i, end));
                i = end;
            }
        }
    }

    private void addWord(String word) {
        int end = word.length();
        while (end > 0 && word.charAt(end - 1) == '*') {
            end--;
        }
        if (end == word.length()) {
            add(word, false);
            return;
        }
        // Analyzers part words at other characters, so only what follows the last of these is the beginning of one.
        int start = end;
        while (start > 0 && Character.isLetterOrDigit(word.codePointBefore(start))) {
            start -= Character.charCount(word.codePointBefore(start));
        }
        if (start > 0) {
            add(word.substring(0, start), false);
        }
        if (start < end) {
            addPrefix(word.substring(start, end));
        }
    }

    private void add(String text, boolean isPhrase) {
        List<Group> unit = new ArrayList<>();
        for (int f = 0; f < fields.size(); f++) {
            List<Term> terms = new ArrayList<>();
            List<Integer> offsets = new ArrayList<>();
            int most = Math.min(isPhrase ? MOST_IN_PHRASE : Integer.MAX_VALUE, MOST_WORDS - parts);
            if (most == 0) {
                break;
            }
            TextAnalyzer.of(fields.get(f).analyzer()).analyze(text, (word, position) -> {
                if (!TextBuilder.isTooLong(word)) {
                    terms.add(Term.of(word));
                    offsets.add(position);
                }
                return terms.size() < most;
            });
            if (terms.isEmpty()) {
                continue;
            }
            List<Part> found = isPhrase && terms.size() > 1
                    ? List.of(new Part.Words(terms, offsets))
                    : terms.stream().map(t -> (Part) new Part.Word(t)).toList();
            parts += terms.size();
            unit.add(new Group(f, found));
        }
        if (!unit.isEmpty()) {
            units.add(unit);
        }
    }

    private void addPrefix(String prefix) {
        List<Group> unit = new ArrayList<>();
        for (int f = 0; f < fields.size() && parts < MOST_WORDS; f++) {
            String normal = TextAnalyzer.of(fields.get(f).analyzer()).normalize(prefix);
            if (!TextBuilder.isTooLong(normal)) {
                unit.add(new Group(f, List.of(new Part.Prefix(Term.of(normal)))));
                parts++;
            }
        }
        if (!unit.isEmpty()) {
            units.add(unit);
        }
    }

    /** How often each part is there, by fields. */
    Map<Group, Integer> counted() {
        Map<Group, Integer> counted = new LinkedHashMap<>();
        for (List<Group> unit : units) {
            for (Group g : unit) {
                g.parts.forEach(p -> counted.merge(new Group(g.field, List.of(p)), 1, Integer::sum));
            }
        }
        return counted;
    }

    /** An index of rows that have none, with nothing in it but what this looks for. */
    public TextIndex index(String name, int rows, IntFunction<byte[]> documents) {
        List<Set<String>> words = new ArrayList<>();
        List<List<String>> prefixes = new ArrayList<>();
        fields.forEach(_ -> {
            words.add(new HashSet<>());
            prefixes.add(new ArrayList<>());
        });
        for (Group g : counted().keySet()) {
            for (Part p : g.parts) {
                switch (p) {
                    case Part.Word(Term t) -> words.get(g.field).add(t.toString());
                    case Part.Words(List<Term> terms, var _) ->
                        terms.forEach(t -> words.get(g.field).add(t.toString()));
                    case Part.Prefix(Term t) -> prefixes.get(g.field).add(t.toString());
                }
            }
        }
        TextBuilder.Wanted wanted = (f, term) ->
                words.get(f).contains(term) || prefixes.get(f).stream().anyMatch(term::startsWith);
        try (TextBuilder builder = new TextBuilder(rows, documents, fields, wanted, null, Long.MAX_VALUE)) {
            return builder.build().inMemory(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
