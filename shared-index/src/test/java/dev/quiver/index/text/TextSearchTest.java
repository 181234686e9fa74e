package dev.quiver.index.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.record.TextField;
import dev.quiver.index.search.TopK;
import dev.quiver.index.text.TextQuery.Matching;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Searches of words find what a plain implementation finds that reads every row, and what Lucene finds. */
class TextSearchTest {
    private static final List<TextField> FIELDS =
            List.of(new TextField("text", "whitespace", 1), new TextField("title", "whitespace", 2.5));

    @TempDir
    Path folder;

    /** A row: of each field its values, each a list of words. */
    private record Row(List<List<List<String>>> fields) {
        byte[] document() {
            Map<String, Object> attributes = new LinkedHashMap<>();
            List<List<String>> title = fields.get(1);
            if (title.size() == 1) {
                attributes.put("title", String.join(" ", title.getFirst()));
            } else if (title.size() > 1) {
                attributes.put(
                        "title", title.stream().map(v -> String.join(" ", v)).toList());
            }
            String text = fields.getFirst().isEmpty()
                    ? null
                    : String.join(" ", fields.getFirst().getFirst());
            return DocumentCodec.encode(text, attributes);
        }

        int length(int field) {
            return fields.get(field).stream().mapToInt(List::size).sum();
        }

        int count(int field, List<String> phrase) {
            int count = 0;
            for (List<String> value : fields.get(field)) {
                for (int i = 0; i + phrase.size() <= value.size(); i++) {
                    if (value.subList(i, i + phrase.size()).equals(phrase)) {
                        count++;
                    }
                }
            }
            return count;
        }

        int countPrefix(int field, String prefix, Set<String> expansions) {
            return (int) fields.get(field).stream()
                    .flatMap(List::stream)
                    .filter(w -> w.startsWith(prefix) && expansions.contains(w))
                    .count();
        }
    }

    /** A word or a phrase, or the beginning of a word. */
    private record Unit(List<String> words, boolean isPrefix) {
        String text() {
            String joined = String.join(" ", words);
            return isPrefix ? joined + "*" : words.size() > 1 ? '"' + joined + '"' : joined;
        }
    }

    private static String word(Random random, int vocabulary) {
        // As in a language: few words are frequent.
        int n = (int) (vocabulary * Math.pow(random.nextDouble(), 3));
        return "w" + Integer.toString(n, 5);
    }

    private static List<String> words(Random random, int count, int vocabulary) {
        return Stream.generate(() -> word(random, vocabulary)).limit(count).toList();
    }

    private static Row row(Random random, int vocabulary, int longest) {
        List<List<String>> text =
                random.nextInt(10) == 0 ? List.of() : List.of(words(random, random.nextInt(longest), vocabulary));
        List<List<String>> title = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            title.add(words(random, random.nextInt(5), vocabulary));
        }
        return new Row(List.of(text, title));
    }

    private static List<Unit> units(Random random, int vocabulary) {
        List<Unit> units = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            switch (random.nextInt(6)) {
                case 0 -> units.add(new Unit(words(random, 2 + random.nextInt(2), vocabulary), false));
                case 1 -> {
                    String w = word(random, vocabulary);
                    units.add(new Unit(List.of(w.substring(0, 1 + random.nextInt(w.length()))), true));
                }
                default -> units.add(new Unit(words(random, 1, vocabulary), false));
            }
        }
        return units;
    }

    private static double idf(long rows, long with) {
        return Math.log(1 + (rows - with + 0.5) / (with + 0.5));
    }

    /** Of every row; NaN if it does not match. */
    private static double[] expected(List<Row> rows, List<Unit> units, Matching matching) {
        double[] sums = new double[rows.size()];
        int[] met = new int[rows.size()];
        for (Unit u : units) {
            boolean[] isMet = new boolean[rows.size()];
            for (int f = 0; f < FIELDS.size(); f++) {
                int field = f;
                long withField = rows.stream().filter(r -> r.length(field) > 0).count();
                long all = rows.stream().mapToLong(r -> r.length(field)).sum();
                double average = (double) all / Math.max(1, withField);
                double weight = FIELDS.get(f).weight();
                Set<String> expansions = new HashSet<>();
                if (u.isPrefix) {
                    Map<String, Long> with = new HashMap<>();
                    for (Row r : rows) {
                        r.fields.get(f).stream()
                                .flatMap(List::stream)
                                .filter(w -> w.startsWith(u.words.getFirst()))
                                .distinct()
                                .forEach(w -> with.merge(w, 1L, Long::sum));
                    }
                    with.entrySet().stream()
                            .sorted(Map.Entry.<String, Long>comparingByValue()
                                    .reversed()
                                    .thenComparing(Map.Entry.comparingByKey()))
                            .limit(TextQuery.MOST_EXPANSIONS)
                            .forEach(e -> expansions.add(e.getKey()));
                    with.keySet().retainAll(expansions);
                    weight *= idf(
                            withField,
                            Math.min(
                                    withField,
                                    with.values().stream().mapToLong(n -> n).sum()));
                } else {
                    double idf = 0;
                    for (String w : u.words) {
                        idf += idf(
                                withField,
                                rows.stream()
                                        .filter(r -> r.count(field, List.of(w)) > 0)
                                        .count());
                    }
                    weight *= idf;
                }
                for (int r = 0; r < rows.size(); r++) {
                    int frequency = u.isPrefix
                            ? rows.get(r).countPrefix(f, u.words.getFirst(), expansions)
                            : rows.get(r).count(f, u.words);
                    if (frequency > 0) {
                        isMet[r] = true;
                        sums[r] += weight
                                * frequency
                                / (frequency + 1.2 * (0.25 + 0.75 * rows.get(r).length(f) / average));
                    }
                }
            }
            for (int r = 0; r < rows.size(); r++) {
                met[r] += isMet[r] ? 1 : 0;
            }
        }
        for (int r = 0; r < rows.size(); r++) {
            if (matching == Matching.ALL ? met[r] < units.size() : met[r] == 0) {
                sums[r] = Double.NaN;
            }
        }
        return sums;
    }

    private TextBuilder builder(List<Row> rows, long memory) {
        return new TextBuilder(rows.size(), r -> rows.get(r).document(), FIELDS, (_, _) -> true, folder, memory);
    }

    private TextIndex index(List<Row> rows, long memory) {
        try (TextBuilder builder = builder(rows, memory)) {
            return builder.build().inMemory("test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

    /** @param allowed of each index, or null */
    private static List<TopK.Candidate> search(
            List<TextIndex> indexes, TextQuery query, int k, float floor, List<long[]> allowed) {
        TextSearch search = new TextSearch(query, Optional.empty());
        List<TextSearch.Found> found = indexes.stream().map(search::look).toList();
        search.decide(found);
        found.forEach(search::fetch);
        TopK top = new TopK(k, floor);
        for (int i = 0; i < indexes.size(); i++) {
            search.search(found.get(i), allowed == null ? null : allowed.get(i), into(top, i));
        }
        return top.best();
    }

    private static String text(List<Unit> units) {
        return String.join(" ", units.stream().map(Unit::text).toList());
    }

    private void compare(Random random, int rowCount, int vocabulary, int longest, int queries) {
        List<Row> rows = Stream.generate(() -> row(random, vocabulary, longest))
                .limit(rowCount)
                .toList();
        int parts = 1 + random.nextInt(4);
        List<TextIndex> indexes = new ArrayList<>();
        int[] starts = new int[parts + 1];
        for (int p = 0; p < parts; p++) {
            starts[p + 1] = p == parts - 1 ? rowCount : starts[p] + random.nextInt(rowCount - starts[p]);
            indexes.add(index(rows.subList(starts[p], starts[p + 1]), random.nextBoolean() ? 20_000 : 1 << 20));
        }
        for (int q = 0; q < queries; q++) {
            List<Unit> units = units(random, vocabulary);
            Matching matching = random.nextInt(3) == 0 ? Matching.ALL : Matching.ANY;
            double[] expected = expected(rows, units, matching);
            List<long[]> allowed = null;
            if (random.nextBoolean()) {
                allowed = new ArrayList<>();
                int one = List.of(2, 50, 5000).get(random.nextInt(3));
                for (int p = 0; p < parts; p++) {
                    long[] bits = new long[BitSets.words(starts[p + 1] - starts[p])];
                    for (int r = starts[p]; r < starts[p + 1]; r++) {
                        int i = r - starts[p];
                        if (random.nextInt(one) == 0) {
                            bits[i >>> 6] |= 1L << i;
                        } else {
                            expected[r] = Double.NaN;
                        }
                    }
                    allowed.add(bits);
                }
            }
            int k = 1 + random.nextInt(20);
            float floor = random.nextInt(4) == 0 ? 2.5f : Float.NEGATIVE_INFINITY;
            List<Double> best = Arrays.stream(expected)
                    .filter(s -> !Double.isNaN(s) && (float) s >= floor)
                    .boxed()
                    .sorted(java.util.Comparator.reverseOrder())
                    .limit(k)
                    .toList();
            List<TopK.Candidate> found =
                    search(indexes, TextQuery.of(text(units), FIELDS, matching), k, floor, allowed);
            assertThat(found).as("%s %s", matching, units).hasSameSizeAs(best);
            for (int i = 0; i < best.size(); i++) {
                TopK.Candidate c = found.get(i);
                assertThat((double) c.similarity())
                        .as("%s %s, place %d", matching, units, i)
                        .isCloseTo(best.get(i), within(1e-5 * Math.max(1, best.get(i))))
                        .isCloseTo(expected[starts[c.block()] + c.row()], within(1e-5 * Math.max(1, best.get(i))));
            }
        }
    }

    @Test
    void theBestRowsAndTheirScoresAreThoseOfAPlainImplementation() {
        for (int seed = 0; seed < 60; seed++) {
            compare(new Random(seed), 50 + 30 * seed, 200, 30, 40);
        }
    }

    @Test
    void alsoInLongListsOfManyBlocks() {
        compare(new Random(1), 20_000, 40, 8, 60);
        compare(new Random(2), 12_000, 3000, 200, 20);
    }

    @Test
    void scoresAreThoseOfLucene() throws IOException {
        Random random = new Random(7);
        // Lucene keeps lengths below 40 exactly.
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            rows.add(new Row(List.of(List.of(words(random, 1 + random.nextInt(38), 300)), List.of())));
        }
        List<TextField> field = List.of(FIELDS.getFirst());
        TextIndex index = index(rows, 1 << 20);
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(new WhitespaceAnalyzer()))) {
                for (Row r : rows) {
                    Document d = new Document();
                    d.add(new org.apache.lucene.document.TextField(
                            "text", String.join(" ", r.fields.getFirst().getFirst()), Field.Store.NO));
                    writer.addDocument(d);
                }
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                IndexSearcher searcher = new IndexSearcher(reader);
                for (int q = 0; q < 300; q++) {
                    List<Unit> units = units(random, 300).stream()
                            .filter(u -> !u.isPrefix)
                            .distinct()
                            .toList();
                    boolean all = random.nextInt(3) == 0;
                    BooleanQuery.Builder query = new BooleanQuery.Builder();
                    for (Unit u : units) {
                        org.apache.lucene.search.Query one = u.words.size() == 1
                                ? new TermQuery(new org.apache.lucene.index.Term("text", u.words.getFirst()))
                                : new PhraseQuery("text", u.words.toArray(String[]::new));
                        query.add(new BoostQuery(one, 1), all ? BooleanClause.Occur.MUST : BooleanClause.Occur.SHOULD);
                    }
                    ScoreDoc[] lucene = searcher.search(query.build(), 20).scoreDocs;
                    List<TopK.Candidate> found = search(
                            List.of(index),
                            TextQuery.of(text(units), field, all ? Matching.ALL : Matching.ANY),
                            20,
                            Float.NEGATIVE_INFINITY,
                            null);
                    assertThat(found).as("%s", units).hasSize(lucene.length);
                    for (int i = 0; i < lucene.length; i++) {
                        assertThat(found.get(i).similarity())
                                .as("%s", units)
                                .isCloseTo(lucene[i].score, within(1e-5f * Math.max(1, lucene[i].score)));
                    }
                }
            }
        }
    }

    @Test
    void aBeginningStandsForTheWordsThatMostRowsHave() {
        List<Row> rows = new ArrayList<>();
        int words = TextQuery.MOST_EXPANSIONS + 40;
        for (int w = 0; w < words; w++) {
            // The later ones are in more rows.
            for (int n = 0; n <= w / 10; n++) {
                rows.add(new Row(List.of(List.of(List.of("a" + (1000 + w))), List.of())));
            }
        }
        List<TopK.Candidate> found = search(
                List.of(index(rows.subList(0, 500), 1 << 20), index(rows.subList(500, rows.size()), 1 << 20)),
                TextQuery.of("A*", List.of(new TextField("text", "whitespace", 1)), Matching.ANY),
                rows.size(),
                Float.NEGATIVE_INFINITY,
                null);
        assertThat(found).as("words are as they are written").isEmpty();
        found = search(
                List.of(index(rows.subList(0, 500), 1 << 20), index(rows.subList(500, rows.size()), 1 << 20)),
                TextQuery.of("a*", List.of(FIELDS.getFirst()), Matching.ANY),
                rows.size(),
                Float.NEGATIVE_INFINITY,
                null);
        Set<String> seen = new HashSet<>();
        found.forEach(c -> seen.add(rows.get((c.block() == 0 ? 0 : 500) + c.row())
                .fields
                .getFirst()
                .getFirst()
                .getFirst()));
        assertThat(seen)
                .hasSize(TextQuery.MOST_EXPANSIONS)
                .contains("a" + (1000 + words - 1))
                .doesNotContain("a1000");
    }

    @Test
    void whateverIsWrittenIsAQuery() {
        TextIndex index = index(List.of(new Row(List.of(List.of(List.of("one", "two", "three")), List.of()))), 1 << 20);
        for (String text : List.of(
                "",
                "   ",
                "\"",
                "\"\"",
                "\"\"\"",
                "*",
                "**",
                "\"*\"",
                "-*",
                "\" one",
                "one\"two",
                "a\"b*\"*",
                "\u0000",
                "\uD800",
                "one* \uDC00*",
                "😀*",
                "AND OR NOT (",
                "field:x^2~",
                "\\",
                "w* ".repeat(5000),
                "\"".repeat(5001),
                "word ".repeat(100_000),
                "x".repeat(1 << 20))) {
            for (Matching m : Matching.values()) {
                for (String analyzer : List.of("standard", "keyword", "english", "cjk")) {
                    TextQuery query = TextQuery.of(text, List.of(new TextField("text", analyzer, 1)), m);
                    search(List.of(index), query, 3, Float.NEGATIVE_INFINITY, null);
                }
            }
        }
        assertThat(search(
                        List.of(index),
                        TextQuery.of("one\"two", List.of(FIELDS.getFirst()), Matching.ALL),
                        3,
                        Float.NEGATIVE_INFINITY,
                        null))
                .hasSize(1);
    }

    @Test
    void phrasesDoNotReachFromOneValueIntoTheNext() {
        Row apart = new Row(List.of(List.of(), List.of(List.of("a", "b"), List.of("c"))));
        Row together = new Row(List.of(List.of(), List.of(List.of("a", "b", "c"))));
        List<TopK.Candidate> found = search(
                List.of(index(List.of(apart, together), 1 << 20)),
                TextQuery.of("\"b c\"", FIELDS, Matching.ANY),
                3,
                Float.NEGATIVE_INFINITY,
                null);
        assertThat(found).extracting(TopK.Candidate::row).containsExactly(1);
    }

    @Test
    void theWordsThatAnAnalyzerLeavesOutKeepTheirPlaceInPhrases() {
        List<TextField> english = List.of(new TextField("text", "english", 1));
        List<String> texts = List.of("the state of the art", "the state art", "states, arts");
        try (TextBuilder builder =
                new TextBuilder(3, r -> DocumentCodec.encode(texts.get(r), Map.of()), english, folder)) {
            TextIndex index = builder.build().inMemory("test");
            assertThat(search(
                            List.of(index),
                            TextQuery.of("\"state of the art\"", english, Matching.ANY),
                            3,
                            Float.NEGATIVE_INFINITY,
                            null))
                    .extracting(TopK.Candidate::row)
                    .containsExactly(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyAnalyzerMakesWords() {
        assertThat(TextAnalyzer.names()).contains("standard", "simple", "keyword", "english", "german", "french");
        for (String name : TextAnalyzer.names()) {
            List<String> words = new ArrayList<>();
            TextAnalyzer.of(name).analyze("Zürich naïve words 42", (w, _) -> words.add(w));
            assertThat(words).as(name).isNotEmpty();
            assertThat(TextAnalyzer.of(name).normalize("Abc")).as(name).isNotEmpty();
        }
        List<String> words = new ArrayList<>();
        TextAnalyzer.of("german").analyze("Die Häuser der Städte", (w, _) -> words.add(w));
        assertThat(words).containsExactly("haus", "stadt");
        assertThatThrownBy(() -> TextAnalyzer.of("klingon"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("klingon")
                .hasMessageContaining("english, estonian");
    }

    @Test
    void equalRowsMakeEqualBytesHowEverMuchMemoryThereIs() throws IOException {
        Random random = new Random(3);
        List<Row> rows = Stream.generate(() -> row(random, 500, 40)).limit(2000).toList();
        List<byte[]> sections = new ArrayList<>();
        for (long memory : new long[] {1 << 14, 1 << 17, 1 << 30}) {
            try (TextBuilder b = builder(rows, memory).build()) {
                java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
                out.write(b.head());
                b.writeTerms(out::writeBytes);
                b.writePostings(out::writeBytes);
                b.writePositions(out::writeBytes);
                sections.add(out.toByteArray());
            }
        }
        assertThat(sections.get(1)).isEqualTo(sections.get(0));
        assertThat(sections.get(2)).isEqualTo(sections.get(0));
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).as("temporary files").isEmpty();
        }
    }

    @Test
    void whatIsDamagedIsSaidToBe() throws IOException {
        Random random = new Random(5);
        List<Row> rows = Stream.generate(() -> row(random, 60, 30)).limit(1000).toList();
        byte[][] sections = new byte[4][];
        try (TextBuilder b = builder(rows, 1 << 30).build()) {
            sections[0] = b.head();
            sections[1] = bytes(b::writeTerms);
            sections[2] = bytes(b::writePostings);
            sections[3] = bytes(b::writePositions);
        }
        int noticed = 0;
        for (int i = 0; i < 6000; i++) {
            byte[][] damaged = sections.clone();
            int s = random.nextInt(4);
            damaged[s] = sections[s].clone();
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                damaged[s][random.nextInt(damaged[s].length)] ^= (byte) (1 << random.nextInt(8));
            }
            if (random.nextInt(5) == 0) {
                damaged[s] = Arrays.copyOf(damaged[s], random.nextInt(damaged[s].length));
            }
            try {
                TextIndex index =
                        TextIndex.ofMemory("test", rows.size(), damaged[0], damaged[1], damaged[2], damaged[3]);
                for (int q = 0; q < 4; q++) {
                    search(
                            List.of(index),
                            TextQuery.of(text(units(random, 60)), FIELDS, Matching.values()[q % 2]),
                            10,
                            Float.NEGATIVE_INFINITY,
                            null);
                }
            } catch (CorruptDataException e) {
                noticed++;
            }
        }
        // Flipped bits of a frequency make another frequency: checksums are for that.
        assertThat(noticed).isGreaterThan(600);
    }

    private interface Section {
        void write(TextBuilder.Output out) throws IOException;
    }

    private static byte[] bytes(Section section) throws IOException {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        section.write(out::writeBytes);
        return out.toByteArray();
    }
}
