package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.index.filter.Filter;
import dev.quiver.index.filter.Filter.Operator;
import dev.quiver.index.log.Layout;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.record.TextField;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.text.ExplainedTerm;
import dev.quiver.index.text.StatisticsGoneException;
import dev.quiver.index.text.TermScore;
import dev.quiver.index.text.TextQuery.Matching;
import dev.quiver.index.text.TextStatistics;
import dev.quiver.index.vector.Metric;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Words are found wherever a row lies: in the log, in one segment or in several, also in one that is still arriving or was written before there were words. */
class TextCollectionTest {
    private static final List<TextField> FIELDS =
            List.of(new TextField("text", "english", 1), new TextField("tags", "keyword", 3));
    private static final List<String> WORDS = List.of(
            "rivers",
            "mountain",
            "walked",
            "bread",
            "night",
            "silver",
            "the",
            "of",
            "window",
            "garden",
            "snow",
            "letter",
            "running",
            "house",
            "stone",
            "music");

    private final FakeClock clock = new FakeClock();
    private final MemoryStore store = new MemoryStore(clock);
    private final Database database = new Database(store, Samples.settings(clock));

    private static Record record(Random random, int number, int dimension) {
        float[] x = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            x[i] = (float) random.nextGaussian() + (i == number % dimension ? 6 : 0);
        }
        StringBuilder text = new StringBuilder();
        for (int i = 1 + random.nextInt(20); i > 0; i--) {
            text.append(WORDS.get((int) (WORDS.size() * Math.pow(random.nextDouble(), 2))))
                    .append(random.nextInt(5) == 0 ? ", " : " ");
        }
        List<String> tags = random.nextInt(3) == 0 ? List.of("Red") : List.of("Red", "Blue " + number % 5);
        return new Record("r" + number, x, text.toString(), Map.of("tags", tags, "n", (long) number));
    }

    private static List<Record> records(int count, int dimension) {
        Random random = new Random(count);
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(record(random, i, dimension));
        }
        return records;
    }

    private static Batch batch(List<Record> records) {
        Batch.Builder batch = Batch.builder();
        records.forEach(batch::upsert);
        return batch.build();
    }

    private static Map<String, Float> scores(Collection c, TextRequest request) {
        return c.search(request).hits().stream()
                .collect(Collectors.toMap(h -> h.record().id(), SearchResult.Hit::score));
    }

    private static final List<String> QUERIES =
            List.of("river", "river mountains", "\"silver window\"", "wal* gard*", "Red", "\"Blue 3\" snow", "nothing");

    @Test
    void scoresDoNotDependOnWhereRowsLie() {
        List<Record> records = records(300, 2);
        Collection inLog = database.create("in-log", new Schema(2, Metric.COSINE, null, FIELDS));
        inLog.apply(batch(records));
        Collection spread = database.create("spread", new Schema(2, Metric.COSINE, null, FIELDS));
        for (int from = 0; from < 250; from += 50) {
            spread.apply(batch(records.subList(from, from + 50)));
            if (from != 100) {
                spread.compact();
            }
        }
        records.subList(250, 300).forEach(r -> spread.apply(batch(List.of(r))));
        assertThat(spread.statistics(Consistency.STRONG).segments()).isGreaterThan(1);
        for (String query : QUERIES) {
            for (Matching matching : Matching.values()) {
                TextRequest request = new TextRequest(
                        query, Map.of(), matching, 1000, new Filter.All(), OptionalDouble.empty(), Consistency.STRONG);
                assertThat(scores(spread, request)).as(query).isEqualTo(scores(inLog, request));
                Filter filter = new Filter.Compare("n", Operator.LT, 120L);
                TextRequest filtered = new TextRequest(
                        query, Map.of(), matching, 1000, filter, OptionalDouble.of(0.5), Consistency.STRONG);
                Map<String, Float> wanted = scores(inLog, request);
                wanted.entrySet()
                        .removeIf(e -> e.getValue() < 0.5f
                                || Integer.parseInt(e.getKey().substring(1)) >= 120);
                assertThat(scores(spread, filtered)).as(query).isEqualTo(wanted);
            }
        }
        assertThat(scores(spread, TextRequest.of("river", 1000))).isNotEmpty();
        assertThat(scores(spread, TextRequest.of("\"Blue 3\"", 1000)))
                .as("keywords are as they are written")
                .hasSizeGreaterThan(20);
        TextResult ordered = spread.search(TextRequest.of("red", 1000));
        assertThat(ordered.hits()).as("and not otherwise").isEmpty();
        List<String> red = spread.search(TextRequest.of("Red", 1000)).hits().stream()
                .filter(h -> h.score()
                        == spread.search(TextRequest.of("Red", 1))
                                .hits()
                                .getFirst()
                                .score())
                .map(h -> h.record().id())
                .toList();
        assertThat(red).as("equals by their ids").isSorted();
    }

    @Test
    void whatIsDeletedOrReplacedIsNotFound() {
        List<Record> records = records(200, 2);
        Collection c = database.create("c", new Schema(2, Metric.COSINE, null, FIELDS));
        c.apply(batch(records));
        c.compact();
        c.apply(batch(List.of(new Record("r1", new float[] {1, 0}, "unheard", Map.of()))));
        Batch.Builder deletes = Batch.builder();
        for (int i = 10; i < 60; i++) {
            deletes.delete("r" + i);
        }
        c.apply(deletes.build());
        for (int round = 0; round < 2; round++) {
            Set<String> found =
                    new HashSet<>(scores(c, TextRequest.of("Red", 1000)).keySet());
            assertThat(found)
                    .hasSize(149)
                    .doesNotContain("r1")
                    .doesNotContain("r10")
                    .contains("r0", "r60");
            assertThat(scores(c, TextRequest.of("unheard", 10))).containsOnlyKeys("r1");
            c.compact();
        }
    }

    @Test
    void segmentsOfBeforeAreReadRowByRow() {
        List<Record> records = records(150, 2);
        Collection old = database.create("old", new Schema(2, Metric.COSINE, null, List.of()));
        old.apply(batch(records.subList(0, 100)));
        old.compact();
        old.apply(batch(records.subList(100, 150)));
        Collection now = database.create("now", new Schema(2, Metric.COSINE, null, FIELDS));
        now.apply(batch(records));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> old.search(TextRequest.of("river", 5)))
                .withMessageContaining("no text fields");
        String key = new Layout("old").manifest();
        Manifest m = Manifest.fromJson(key, store.get(key).orElseThrow().bytes());
        Manifest with = new Manifest(
                m.uid(),
                m.version(),
                m.id(),
                m.previous(),
                m.createdAt(),
                m.updatedAt(),
                new Schema(2, Metric.COSINE, null, FIELDS),
                m.appliedSequence(),
                m.collectedSequence(),
                m.retention(),
                m.pending(),
                m.owners(),
                m.segments(),
                m.keys());
        store.delete(key);
        store.put(key, Content.of(with.toJson()), new ObjectStore.Precondition.IfAbsent());
        Collection reopened = new Database(store, Samples.settings(clock)).collection("old");
        for (String query : QUERIES) {
            TextRequest request = TextRequest.of(query, 1000);
            assertThat(scores(reopened, request)).as(query).isEqualTo(scores(now, request));
        }
        reopened.apply(Samples.delete("r3"));
        reopened.compact();
        assertThat(scores(reopened, TextRequest.of("Red", 1000))).hasSize(149);
    }

    @Test
    void fieldsAndTheirWeightsCanBeChosen() {
        Collection c = database.create("c", new Schema(2, Metric.COSINE, null, FIELDS));
        c.apply(batch(List.of(
                new Record("both", new float[] {1, 0}, "lamp", Map.of("tags", "lamp")),
                new Record("text", new float[] {1, 0}, "lamp", Map.of("tags", List.of("x", 3L))),
                new Record("tags", new float[] {1, 0}, "shade", Map.of("tags", "lamp")))));
        assertThat(scores(c, weighted(Map.of("tags", 2.0)))).containsOnlyKeys("both", "tags");
        float two = scores(c, weighted(Map.of("text", 2.0))).get("text");
        float one = scores(c, weighted(Map.of("text", 1.0))).get("text");
        assertThat(two).isCloseTo(2 * one, within(1e-6f));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> c.search(weighted(Map.of("title", 1.0))))
                .withMessageContaining("'title'")
                .withMessageContaining("text, tags");
        assertThatIllegalArgumentException().isThrownBy(() -> weighted(Map.of("text", -1.0)));
    }

    private static TextRequest weighted(Map<String, Double> weights) {
        return new TextRequest(
                "lamp", weights, Matching.ANY, 10, new Filter.All(), OptionalDouble.empty(), Consistency.STRONG);
    }

    @Test
    void anAnalyzerThatThereIsNotCreatesNothing() {
        Schema wrong = new Schema(2, Metric.DOT, null, List.of(new TextField("text", "klingon", 1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> database.create("wrong", wrong))
                .withMessageContaining("klingon");
        assertThat(database.exists("wrong")).isFalse();
    }

    @Test
    void earlierStatesHaveTheirOwnWords() {
        Collection c = database.create("c", new Schema(2, Metric.COSINE, null));
        c.retain(java.time.Duration.ofDays(1));
        c.apply(batch(List.of(new Record("a", new float[] {1, 0}, "first light", Map.of()))));
        c.compact();
        c.apply(batch(List.of(new Record("a", new float[] {1, 0}, "last light", Map.of()))));
        assertThat(scores(c, TextRequest.of("first", 5))).isEmpty();
        TextRequest then = new TextRequest(
                "first",
                Map.of(),
                Matching.ANY,
                5,
                new Filter.All(),
                OptionalDouble.empty(),
                new Consistency.AsOfSequence(1));
        assertThat(scores(c, then)).containsOnlyKeys("a");
    }

    private static HybridRequest hybrid(float[] vector, String text, Fusion fusion, int topK, Filter filter) {
        return new HybridRequest(
                vector,
                new TextRequest(text, Map.of(), Matching.ANY, topK, filter, OptionalDouble.empty(), Consistency.STRONG),
                fusion,
                SearchRequest.Effort.DEFAULT);
    }

    @Test
    void hybridKnowsBothScoresOfEveryHit() {
        List<Record> records = records(300, 4);
        Collection c = database.create("c", new Schema(4, Metric.EUCLIDEAN, null, FIELDS));
        c.apply(batch(records.subList(0, 200)));
        c.compact();
        c.apply(batch(records.subList(200, 300)));
        float[] q = {0.5f, -1, 0.2f, 1};
        Map<String, Float> near = c.search(SearchRequest.of(q, 1000)).hits().stream()
                .collect(Collectors.toMap(h -> h.record().id(), SearchResult.Hit::score));
        Map<String, Float> fitting = scores(c, TextRequest.of("silver music", 1000));
        List<String> byNearness = c.search(SearchRequest.of(q, 20)).hits().stream()
                .map(h -> h.record().id())
                .toList();
        List<String> byWords = c.search(TextRequest.of("silver music", 20)).hits().stream()
                .map(h -> h.record().id())
                .toList();
        for (Fusion.Method method : Fusion.Method.values()) {
            HybridResult result =
                    c.search(hybrid(q, "silver music", new Fusion(method, 60, 0.5, 20), 1000, new Filter.All()));
            Set<String> union = new HashSet<>(byNearness);
            union.addAll(byWords);
            assertThat(result.hits()).extracting(h -> h.record().id()).containsExactlyInAnyOrderElementsOf(union);
            assertThat(result.isAll()).isFalse();
            for (HybridResult.Hit h : result.hits()) {
                String id = h.record().id();
                assertThat(h.vectorScore()).isCloseTo(near.get(id), within(1e-5f));
                assertThat(h.textScore()).isCloseTo(fitting.getOrDefault(id, 0f), within(1e-5f));
                if (method == Fusion.Method.RRF) {
                    double expected = 0;
                    expected += byNearness.contains(id) ? 1.0 / (61 + byNearness.indexOf(id)) : 0;
                    expected += byWords.contains(id) ? 1.0 / (61 + byWords.indexOf(id)) : 0;
                    // Equal words scores may stand in another order in the list that is fused.
                    assertThat((double) h.score()).isCloseTo(expected, within(2e-3));
                } else {
                    assertThat(h.score()).isBetween(0f, 1f);
                }
            }
            assertThat(result.hits())
                    .extracting(HybridResult.Hit::score)
                    .isSortedAccordingTo(java.util.Comparator.reverseOrder());
        }
        HybridResult onlyVectors = c.search(
                hybrid(q, "silver music", new Fusion(Fusion.Method.WEIGHTED, 60, 1, 20), 20, new Filter.All()));
        assertThat(onlyVectors.hits()).extracting(h -> h.record().id()).containsExactlyElementsOf(byNearness);
        Filter none = new Filter.Compare("n", Operator.LT, 0L);
        assertThat(c.search(hybrid(q, "silver", new Fusion(Fusion.Method.RRF, 60, 0.5, 20), 5, none)))
                .satisfies(r -> assertThat(r.hits()).isEmpty())
                .satisfies(r -> assertThat(r.isAll()).isTrue());
    }

    /** In the log, in segments, and one of these of before there were words. */
    private Collection spread(List<Record> records) {
        Collection c = database.create("spread", new Schema(4, Metric.EUCLIDEAN, null, FIELDS));
        int third = records.size() / 3;
        c.apply(batch(records.subList(0, third)));
        c.compact();
        c.apply(batch(records.subList(third, 2 * third)));
        c.compact();
        records.subList(2 * third, records.size()).forEach(r -> c.apply(batch(List.of(r))));
        return c;
    }

    private static double sum(Explanation.Hit hit) {
        return hit.terms().stream().mapToDouble(TermScore::score).sum();
    }

    @Test
    void whatTheTermsAddIsTheScore() {
        Collection c = spread(records(300, 4));
        List<String> queries = new ArrayList<>(QUERIES);
        queries.add("river river \"silver window\" \"silver window\" wal* wal* silver-window");
        for (String query : queries) {
            for (Matching matching : Matching.values()) {
                TextRequest request = new TextRequest(
                        query, Map.of(), matching, 1000, new Filter.All(), OptionalDouble.empty(), Consistency.STRONG);
                Explanation how = new Explanation();
                TextResult found = c.search(request, how);
                assertThat(found.hits())
                        .extracting(h -> h.record().id())
                        .isEqualTo(c.search(request).hits().stream()
                                .map(h -> h.record().id())
                                .toList());
                assertThat(how.hits()).hasSize(found.hits().size());
                Map<String, ExplainedTerm> terms = how.words().orElseThrow().terms().stream()
                        .collect(Collectors.toMap(t -> t.field() + " " + t.term(), t -> t));
                Map<String, Explanation.Field> fields = how.words().orElseThrow().fields().stream()
                        .collect(Collectors.toMap(Explanation.Field::name, f -> f));
                for (SearchResult.Hit h : found.hits()) {
                    Explanation.Hit hit = how.hits().get(h.record().id());
                    assertThat((float) sum(hit)).as(query).isEqualTo(h.score());
                    for (TermScore t : hit.terms()) {
                        ExplainedTerm of = terms.get(t.field() + " " + t.term());
                        double length = t.length() / fields.get(t.field()).averageLength();
                        assertThat(t.score())
                                .as("%s: %s", query, t)
                                .isPositive()
                                .isCloseTo(
                                        of.weight()
                                                * of.idf()
                                                * t.frequency()
                                                / (t.frequency() + 1.2 * (0.25 + 0.75 * length)),
                                        within(1e-8));
                    }
                }
            }
        }
        Explanation how = new Explanation();
        c.search(TextRequest.of("rivers \"silver window\" gard* Red", 5), how);
        ExplainedTerm river = how.words().orElseThrow().terms().stream()
                .filter(t -> t.field().equals("text") && t.term().equals("river"))
                .findFirst()
                .orElseThrow();
        assertThat(river.rows())
                .isEqualTo(c.search(TextRequest.of("river", 1000)).hits().size());
        long documents = how.words().orElseThrow().fields().getFirst().rows();
        assertThat(river.idf())
                .isCloseTo(Math.log(1 + (documents - river.rows() + 0.5) / (river.rows() + 0.5)), within(1e-9));
        assertThat(how.words().orElseThrow().terms())
                .extracting(ExplainedTerm::kind)
                .contains(ExplainedTerm.Kind.PHRASE, ExplainedTerm.Kind.PREFIX);
        assertThat(how.words().orElseThrow().terms())
                .filteredOn(
                        t -> t.kind() == ExplainedTerm.Kind.PREFIX && t.field().equals("text"))
                .singleElement()
                .satisfies(t -> assertThat(t.words()).containsOnlyKeys("garden"))
                .satisfies(t -> assertThat(t.rows()).isEqualTo(t.words().get("garden")));
        assertThat(how.parts())
                .filteredOn(p -> p instanceof Explanation.WordsPart(var name, var _, var indexed, var _)
                        && name != null
                        && indexed)
                .hasSize(c.statistics(Consistency.STRONG).segments());
    }

    @Test
    void bothSharesAreTheScore() {
        Collection c = spread(records(300, 4));
        for (Fusion.Method method : Fusion.Method.values()) {
            HybridRequest request = hybrid(
                    new float[] {0.5f, -1, 0.2f, 1},
                    "silver music",
                    new Fusion(method, 60, 0.3, 20),
                    1000,
                    new Filter.All());
            Explanation how = new Explanation();
            HybridResult found = c.search(request, how);
            assertThat(found.hits())
                    .extracting(h -> h.record().id())
                    .isEqualTo(c.search(request).hits().stream()
                            .map(h -> h.record().id())
                            .toList());
            Explanation.Fused fused = how.fused().orElseThrow();
            for (HybridResult.Hit h : found.hits()) {
                Explanation.Hit hit = how.hits().get(h.record().id());
                assertThat((float) (hit.vector().share() + hit.text().share())).isEqualTo(h.score());
                assertThat((float) sum(hit)).isEqualTo(h.textScore());
                if (method == Fusion.Method.RRF) {
                    assertThat(hit.vector().share())
                            .isEqualTo(
                                    hit.vector().rank() == 0
                                            ? 0
                                            : 0.6 / (60 + hit.vector().rank()));
                    assertThat(hit.text().share())
                            .isEqualTo(
                                    hit.text().rank() == 0
                                            ? 0
                                            : 1.4 / (60 + hit.text().rank()));
                } else {
                    assertThat(hit.vector().share())
                            .isCloseTo(0.3 * stretched(h.vectorScore(), fused.vector()), within(1e-6));
                    assertThat(hit.text().share())
                            .isCloseTo(0.7 * stretched(h.textScore(), fused.text()), within(1e-6));
                }
            }
            assertThat(how.hits().values())
                    .filteredOn(h -> h.vector().rank() == 1)
                    .hasSize(1);
            assertThat(how.hits().values()).filteredOn(h -> h.text().rank() > 0).hasSize(20);
            assertThat(how.parts()).hasSizeGreaterThan(4);
            float middle = found.hits().get(10).score();
            TextRequest words = new TextRequest(
                    "silver music",
                    Map.of(),
                    Matching.ANY,
                    1000,
                    new Filter.All(),
                    OptionalDouble.of(middle),
                    Consistency.STRONG);
            assertThat(c.search(new HybridRequest(request.vector(), words, request.fusion(), request.effort()))
                            .hits())
                    .as("the least score is one of the whole, not of the words")
                    .extracting(h -> h.record().id())
                    .isEqualTo(found.hits().stream()
                            .filter(h -> h.score() >= middle)
                            .map(h -> h.record().id())
                            .toList());
        }
    }

    private static double stretched(double score, Explanation.Range range) {
        return (score - range.worst()) / (range.best() - range.worst());
    }

    @Test
    void withTheStatisticsOfBeforeScoresStayAsTheyWere() {
        List<Record> records = records(400, 2);
        Collection c = database.create("c", new Schema(2, Metric.COSINE, null, FIELDS));
        c.apply(batch(records));
        c.compact();
        Batch.Builder gone = Batch.builder();
        records.subList(0, 250).forEach(r -> gone.delete(r.id()));
        c.apply(gone.build());
        Map<TextRequest, TextResult> before = new LinkedHashMap<>();
        for (String query : QUERIES) {
            for (Matching matching : Matching.values()) {
                TextRequest request = new TextRequest(
                        query, Map.of(), matching, 1000, new Filter.All(), OptionalDouble.empty(), Consistency.STRONG);
                before.put(request, c.search(request));
            }
        }
        c.compact();
        before.forEach((request, result) -> {
            TextStatistics kept = TextStatistics.parse(result.statistics().toString());
            assertThat(kept).isEqualTo(result.statistics());
            assertThat(scores(c, request.with(kept)))
                    .as(request.text())
                    .isEqualTo(result.hits().stream()
                            .collect(Collectors.toMap(h -> h.record().id(), SearchResult.Hit::score)));
        });
        TextRequest river = TextRequest.of("river", 1000);
        assertThat(scores(c, river))
                .as("which they would not be without")
                .isNotEqualTo(
                        scores(c, river.with(before.values().iterator().next().statistics())));
        TextRequest two = TextRequest.of("river snow", 1000);
        for (String wrong : List.of("", "1.1", "-1.1", "!", "1.1.1.1.1.9")) {
            assertThatIllegalArgumentException()
                    .as(wrong)
                    .isThrownBy(() -> c.search(two.with(TextStatistics.parse(wrong))));
        }
    }

    @Test
    void aBeginningThatStandsForOtherWordsThanBeforeIsSaid() {
        Collection c = database.create("c", new Schema(2, Metric.COSINE, null, FIELDS));
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            // Of the words with a higher number there are more.
            for (int n = 0; n <= i / 100; n++) {
                records.add(new Record("r" + i + "-" + n, new float[] {1, 0}, "number" + i, Map.of()));
            }
        }
        c.apply(batch(records));
        c.compact();
        TextRequest some = TextRequest.of("number2*", 1000);
        TextRequest all = TextRequest.of("numb*", 1000);
        Batch.Builder gone = Batch.builder();
        records.subList(records.size() - 300, records.size()).forEach(r -> gone.delete(r.id()));
        c.apply(gone.build());
        TextStatistics ofSome = c.search(some).statistics();
        TextStatistics ofAll = c.search(all).statistics();
        Map<String, Float> before = scores(c, some);
        c.compact();
        assertThat(scores(c, some.with(ofSome))).isEqualTo(before).isNotEmpty();
        assertThatThrownBy(() -> c.search(all.with(ofAll)))
                .isInstanceOf(StatisticsGoneException.class)
                .hasMessageContaining("compacted");
    }

    /** A store that is far away: large reads do not end. */
    private static final class Far {
        private final AtomicLong read = new AtomicLong();
        private final CountDownLatch stream = new CountDownLatch(1);
        private final AtomicInteger damageFrom = new AtomicInteger(-1);
        private volatile int damageTo;

        ObjectStore store(ObjectStore near) {
            return (ObjectStore) Proxy.newProxyInstance(
                    ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (_, method, values) -> {
                        try {
                            if (method.getName().equals("map")) {
                                return java.util.Optional.empty();
                            }
                            Object result = null;
                            if (method.getName().equals("read")) {
                                MemorySegment target = (MemorySegment) values[2];
                                if (target.byteSize() >= 4 << 20) {
                                    stream.await();
                                }
                                result = method.invoke(near, values);
                                read.addAndGet(target.byteSize());
                                long offset = (long) values[1];
                                for (long at = Math.max(offset, damageFrom.get());
                                        damageFrom.get() >= 0 && at < Math.min(offset + target.byteSize(), damageTo);
                                        at++) {
                                    byte b = target.get(ValueLayout.JAVA_BYTE, at - offset);
                                    target.set(ValueLayout.JAVA_BYTE, at - offset, (byte) (b ^ 1));
                                }
                                return result;
                            }
                            return method.invoke(near, values);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    @Test
    void aSegmentThatIsStillArrivingAnswersFromWhatItFetches() {
        List<Record> records = records(20_000, 64);
        Collection writer = database.create("c", new Schema(64, Metric.COSINE, null, FIELDS));
        writer.load(records.iterator());
        writer.apply(batch(List.of(new Record("r77", records.get(77).vector(), "aurora", Map.of()))));
        long bytes = writer.statistics(Consistency.STRONG).segmentBytes();
        Far far = new Far();
        try {
            Collection cold = new Database(far.store(store), Samples.settings(clock)).collection("c");
            for (String query : List.of("aurora", "\"silver window\" \"garden snow\"", "lett* music")) {
                List<SearchResult.Hit> wanted =
                        writer.search(TextRequest.of(query, 10)).hits();
                List<SearchResult.Hit> found =
                        cold.search(TextRequest.of(query, 10)).hits();
                assertThat(found)
                        .extracting(SearchResult.Hit::score)
                        .as(query)
                        .isEqualTo(wanted.stream().map(SearchResult.Hit::score).toList());
            }
            HybridResult both = cold.search(hybrid(
                    records.get(5).vector(),
                    "silver",
                    new Fusion(Fusion.Method.WEIGHTED, 60, 0.5, 50),
                    10,
                    new Filter.All()));
            assertThat(both.hits()).hasSize(10);
            assertThat(far.read.get()).as("of %d", bytes).isLessThan(bytes / 2);
            // All rows have it, also the one that was replaced, which is there in the segment.
            assertThat(cold.search(TextRequest.of("Red", 20_000)).hits())
                    .extracting(h -> h.record().id())
                    .hasSize(19_999)
                    .doesNotContain("r77");
        } finally {
            far.stream.countDown();
        }
    }

    @Test
    void whatArrivesDamagedIsNotUsed() {
        Collection writer = database.create("c", new Schema(64, Metric.COSINE, null, FIELDS));
        writer.load(records(20_000, 64).iterator());
        long bytes = writer.statistics(Consistency.STRONG).segmentBytes();
        for (int last : new int[] {100_000, 300_000, 900_000}) {
            Far far = new Far();
            try {
                Collection cold = new Database(far.store(store), Samples.settings(clock)).collection("c");
                assertThat(cold.statistics(Consistency.STRONG).records()).isEqualTo(20_000);
                // The words lie at the end of the file.
                far.damageTo = (int) bytes;
                far.damageFrom.set((int) (bytes - last));
                assertThatThrownBy(() -> cold.search(TextRequest.of("\"window garden\"", 10)))
                        .isInstanceOf(CorruptDataException.class);
            } finally {
                far.stream.countDown();
            }
        }
    }
}
