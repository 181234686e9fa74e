package dev.quiver.index;

import static dev.quiver.index.Samples.GRACE;
import static dev.quiver.index.Samples.SCHEMA;
import static dev.quiver.index.Samples.coldContent;
import static dev.quiver.index.Samples.content;
import static dev.quiver.index.Samples.delete;
import static dev.quiver.index.Samples.row;
import static dev.quiver.index.Samples.settings;
import static dev.quiver.index.Samples.upsert;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.filter.Filter;
import dev.quiver.index.filter.Filter.Compare;
import dev.quiver.index.filter.Filter.Operator;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.FaultyStore;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.vector.InvalidVectorException;
import dev.quiver.index.vector.Metric;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Collections and what one can ask of them: names, life and death, what is refused, how answers are ordered, and how storage grows and shrinks. */
class DatabaseTest {
    private static final Consistency STALE = new Consistency.Eventual(Duration.ofDays(1));

    private final FakeClock clock = new FakeClock();
    private final MemoryStore store = new MemoryStore(clock);
    private final Database database = new Database(store, settings(clock));
    private final Database other = new Database(store, settings(clock));

    // ---- collections

    @ParameterizedTest
    @ValueSource(strings = {"", "A", "-a", "_a", "a.b", "a/b", "..", ".quiver", "ü", "a b", "a\n"})
    void aNameThatIsNoneIsRefusedWithTheRule(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> database.create(name, SCHEMA))
                .withMessageContaining("lower-case letters");
        assertThatIllegalArgumentException().isThrownBy(() -> database.collection(name));
        assertThatIllegalArgumentException().isThrownBy(() -> database.exists(name));
        assertThatIllegalArgumentException().isThrownBy(() -> database.delete(name));
    }

    @Test
    void aNameHas63Characters() {
        assertThat(Database.checkName("a".repeat(63))).hasSize(63);
        assertThatIllegalArgumentException().isThrownBy(() -> Database.checkName("a".repeat(64)));
    }

    @Test
    void collectionsAreListedByName() {
        assertThat(database.names()).isEmpty();
        for (String name : List.of("b", "a-1", "a", "0", "a_1")) {
            database.create(name, SCHEMA);
        }
        assertThat(other.names()).containsExactly("0", "a", "a-1", "a_1", "b");
        other.delete("a");
        assertThat(database.names()).containsExactly("0", "a-1", "a_1", "b");
        assertThat(database.exists("a")).isFalse();
        assertThat(database.exists("b")).isTrue();
    }

    @Test
    void collectionsDoNotMix() {
        Collection a = database.create("a", SCHEMA);
        Collection b = database.create("a-b", SCHEMA);
        a.apply(upsert(1, "x"));
        b.apply(upsert(2, "x", "y"));
        a.compact();
        assertThat(content(a)).isEqualTo(Map.of("x", 1));
        assertThat(content(b)).isEqualTo(Map.of("x", 2, "y", 2));
        database.delete("a");
        assertThat(content(b)).isEqualTo(Map.of("x", 2, "y", 2));
    }

    @Test
    void aNameIsTakenOnce() {
        database.create("c", SCHEMA);
        assertThatThrownBy(() -> other.create("c", SCHEMA))
                .isInstanceOf(CollectionExistsException.class)
                .hasMessageContaining("'c'");
    }

    @Test
    void whatIsNotThereIsSaidToBeSo() {
        assertThatThrownBy(() -> database.collection("c"))
                .isInstanceOf(CollectionNotFoundException.class)
                .hasMessageContainingAll("'c'", "memory:");
        assertThatThrownBy(() -> database.delete("c")).isInstanceOf(CollectionNotFoundException.class);
    }

    @Test
    void aDeletedCollectionLeavesNothing() {
        Collection c = database.create("c", SCHEMA);
        c.apply(upsert(1, "a", "b"));
        c.compact();
        c.apply(upsert(1, "c"));
        database.delete("c");
        assertThat(store.list("", "")).isEmpty();
        assertThatThrownBy(() -> content(c)).isInstanceOf(CollectionNotFoundException.class);
    }

    @Test
    void aCollectionOfTheSameNameIsAnotherOne() {
        Collection old = other.create("c", SCHEMA);
        old.apply(upsert(1, "a", "b"));
        old.compact();
        old.apply(upsert(2, "b", "c"));
        content(database.collection("c"));
        other.delete("c");
        // Another process had it open, and creates it with another schema.
        Schema schema = new Schema(3, Metric.COSINE, "other-model");
        Collection created = database.create("c", schema);
        assertThat(created.schema()).isEqualTo(schema);
        assertThat(created.list("", "", 9, Consistency.STRONG).records()).isEmpty();
        assertThat(created.list("", "", 9, STALE).records()).isEmpty();
        assertThat(created.apply(Batch.builder()
                        .upsert(new Record("a", new float[] {1, 2, 3}, null, Map.of()))
                        .build()))
                .isEqualTo(1);
        assertThat(other.collection("c").schema()).isEqualTo(schema);
        assertThat(other.collection("c").list("", "", 9, Consistency.STRONG).records())
                .singleElement()
                .satisfies(r -> assertThat(r.vector()).containsExactly(1, 2, 3));
        assertThat(old.list("", "", 9, Consistency.STRONG).records()).hasSize(1);
    }

    @Test
    void theSchemaIsKept() {
        Schema schema = new Schema(384, Metric.DOT, "all-MiniLM-L6-v2 \"quoted\" ü");
        database.create("c", schema);
        assertThat(other.collection("c").schema()).isEqualTo(schema);
        assertThat(other.collection("c").statistics(Consistency.STRONG).createdAt())
                .isEqualTo(clock.millis());
    }

    // ---- writes

    @Test
    void aVectorThatDoesNotFitIsRefusedBeforeAnythingIsWritten() {
        Collection c = database.create("c", SCHEMA);
        Batch batch = Batch.builder()
                .upsert(row("good", 1))
                .upsert(new Record("bad", new float[3], null, Map.of()))
                .build();
        assertThatThrownBy(() -> c.apply(batch))
                .isInstanceOf(InvalidVectorException.class)
                .hasMessageContainingAll("3", "2");
        assertThat(content(c)).isEmpty();
        assertThat(store.list("c/log/", "")).isEmpty();
    }

    @Test
    void anEmptyBatchIsRefused() {
        Collection c = database.create("c", SCHEMA);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> c.apply(Batch.builder().build()))
                .withMessageContaining("empty");
    }

    @Test
    void theLastOfSeveralRowsOfOneIdInABatchWins() {
        Collection c = database.create("c", SCHEMA);
        c.apply(Batch.builder()
                .upsert(row("a", 1))
                .upsert(row("a", 2))
                .upsert(row("b", 1))
                .delete("b")
                .delete("d")
                .upsert(row("d", 3))
                .build());
        assertThat(content(c)).isEqualTo(Map.of("a", 2, "d", 3));
        assertThat(coldContent(store, clock, "c")).isEqualTo(Map.of("a", 2, "d", 3));
    }

    @Test
    void anOverwriteCountsOnceInLogAndSegments() {
        Collection c = database.create("c", SCHEMA);
        c.apply(upsert(1, "a", "b"));
        c.apply(upsert(2, "a"));
        assertThat(content(c)).isEqualTo(Map.of("a", 2, "b", 1));
        c.compact();
        c.apply(upsert(3, "a"));
        assertThat(content(c)).isEqualTo(Map.of("a", 3, "b", 1));
        c.apply(delete("a", "never-there"));
        c.apply(upsert(4, "a"));
        assertThat(content(c)).isEqualTo(Map.of("a", 4, "b", 1));
        c.compact();
        assertThat(content(c)).isEqualTo(Map.of("a", 4, "b", 1));
        assertThat(coldContent(store, clock, "c")).isEqualTo(Map.of("a", 4, "b", 1));
        c.apply(delete("a", "b"));
        assertThat(content(c)).isEmpty();
        c.compact();
        assertThat(coldContent(store, clock, "c")).isEmpty();
        assertThat(c.statistics(Consistency.STRONG).segments()).isZero();
    }

    // ---- reads

    @Test
    void aStrongReadSeesWhatAnyProcessHasCommitted() {
        Collection mine = database.create("c", SCHEMA);
        Collection theirs = other.collection("c");
        for (int i = 1; i <= 20; i++) {
            (i % 2 == 0 ? mine : theirs).apply(upsert(i, "a", "r" + i));
            assertThat(content(i % 2 == 0 ? theirs : mine)).hasSize(i + 1).containsEntry("a", i);
            if (i % 7 == 0) {
                theirs.compact();
            }
        }
    }

    @Test
    void anEventualReadMayBeAsOldAsItSays() {
        Collection mine = database.create("c", SCHEMA);
        Collection theirs = other.collection("c");
        theirs.list("", "", 9, Consistency.STRONG);
        mine.apply(upsert(1, "a"));
        Consistency minute = new Consistency.Eventual(Duration.ofMinutes(1));
        assertThat(theirs.list("", "", 9, minute).records()).isEmpty();
        clock.advance(Duration.ofSeconds(60));
        assertThat(theirs.list("", "", 9, minute).records()).isEmpty();
        clock.advance(Duration.ofMillis(1));
        assertThat(theirs.list("", "", 9, minute).records()).hasSize(1);
        // What a process has written itself it sees at once.
        theirs.apply(upsert(2, "b"));
        assertThat(theirs.list("", "", 9, STALE).records()).hasSize(2);
    }

    @Test
    void fetchKeepsTheOrderOfTheQuestion() {
        Collection c = database.create("c", SCHEMA);
        c.apply(upsert(1, "a", "b", "c"));
        assertThat(c.fetch(List.of("c", "x", "a", "c"), Consistency.STRONG).records().stream()
                        .map(Record::id))
                .containsExactly("c", "a");
        assertThatIllegalArgumentException().isThrownBy(() -> c.fetch(List.of(""), Consistency.STRONG));
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void equalScoresAreInTheOrderOfIds(Metric metric) {
        Collection c = database.create("c", new Schema(2, metric, null));
        for (String id : List.of("d", "b", "a", "c")) {
            c.apply(Batch.builder()
                    .upsert(new Record(id, new float[] {1, 1}, null, Map.of()))
                    .build());
            if (id.equals("b")) {
                c.compact();
            }
        }
        assertThat(c.search(SearchRequest.of(new float[] {1, 0}, 10)).hits().stream()
                        .map(h -> h.record().id()))
                .containsExactly("a", "b", "c", "d");
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void theScoreOfAHitAsLimitKeepsTheHit(Metric metric) {
        Collection c = database.create("c", new Schema(2, metric, null));
        Batch.Builder batch = Batch.builder();
        for (int i = 1; i <= 200; i++) {
            batch.upsert(new Record("r" + i, new float[] {i * 0.37f, 1.1f / i}, null, Map.of()));
        }
        c.apply(batch.build());
        c.compact();
        float[] query = {0.3f, 0.7f};
        var all = c.search(SearchRequest.of(query, 200)).hits();
        assertThat(all).hasSize(200);
        for (int i = 0; i < all.size(); i += 9) {
            float score = all.get(i).score();
            var limited = c.search(new SearchRequest(
                    query,
                    200,
                    new Filter.All(),
                    OptionalDouble.of(score),
                    SearchRequest.Effort.DEFAULT,
                    Consistency.STRONG));
            long expected = all.stream()
                    .filter(h -> metric.higherIsNearer() ? h.score() >= score : h.score() <= score)
                    .count();
            assertThat(limited.hits()).hasSize((int) expected);
        }
    }

    @Test
    void aNegativeDistanceIsALimitThatNothingKeeps() {
        Collection c = database.create("c", SCHEMA);
        c.apply(upsert(1, "a"));
        assertThat(c.search(new SearchRequest(
                                new float[] {1, 1},
                                5,
                                new Filter.All(),
                                OptionalDouble.of(-1),
                                SearchRequest.Effort.DEFAULT,
                                Consistency.STRONG))
                        .hits())
                .isEmpty();
        assertThat(c.search(new SearchRequest(
                                new float[] {1, 1},
                                5,
                                new Filter.All(),
                                OptionalDouble.of(0),
                                SearchRequest.Effort.DEFAULT,
                                Consistency.STRONG))
                        .hits())
                .hasSize(1);
    }

    @Test
    void aFilterMayLeaveFewerThanWereAskedFor() {
        Collection c = database.create("c", SCHEMA);
        c.apply(upsert(1, "a", "b"));
        c.apply(upsert(2, "c"));
        c.compact();
        c.apply(upsert(2, "d"));
        Filter two = new Compare("value", Operator.EQ, 2);
        var result = c.search(new SearchRequest(
                new float[] {1, 1}, 3, two, OptionalDouble.empty(), SearchRequest.Effort.DEFAULT, Consistency.STRONG));
        assertThat(result.hits().stream().map(h -> h.record().id())).containsExactly("c", "d");
        assertThat(c.search(new SearchRequest(
                                new float[] {1, 1},
                                3,
                                new Filter.Not(new Filter.Exists("value")),
                                OptionalDouble.empty(),
                                SearchRequest.Effort.DEFAULT,
                                Consistency.STRONG))
                        .hits())
                .isEmpty();
    }

    @Test
    void aSearchInNothingFindsNothing() {
        Collection c = database.create("c", SCHEMA);
        assertThat(c.search(SearchRequest.of(new float[] {1, 1}, 1_000_000)).hits())
                .isEmpty();
        assertThat(c.list("", "", 5, Consistency.STRONG).records()).isEmpty();
        assertThat(c.compact().swapped()).isFalse();
        assertThat(c.collectGarbage().objects()).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SearchRequest.of(new float[2], 0))
                .withMessageContaining("topK");
        assertThatThrownBy(() -> c.search(SearchRequest.of(new float[3], 1)))
                .isInstanceOf(InvalidVectorException.class);
    }

    // ---- segments and storage

    @Test
    void fullTiersAreMerged() {
        Collection c = database.create("c", SCHEMA);
        for (int i = 0; i < 40; i++) {
            c.apply(upsert(i, "r" + i));
            c.compact();
            assertThat(c.statistics(Consistency.STRONG).segments()).isLessThan(12);
        }
        assertThat(content(c)).hasSize(40);
        assertThat(coldContent(store, clock, "c")).hasSize(40);
    }

    @Test
    void aSegmentOfManyDeadRowsIsRewritten() {
        Collection c = database.create("c", SCHEMA);
        c.apply(upsert(1, "a", "b", "c", "d", "e", "f", "g", "h", "i", "j"));
        c.compact();
        c.apply(delete("a", "b"));
        c.compact();
        assertThat(keys(".del")).hasSize(1);
        c.apply(delete("c", "d"));
        c.compact();
        c.compact();
        clock.advance(GRACE.multipliedBy(2));
        c.collectGarbage();
        assertThat(keys(".del")).isEmpty();
        assertThat(keys(".seg")).hasSize(1);
        assertThat(coldContent(store, clock, "c")).hasSize(6);
    }

    @Test
    void garbageIsWhatNoManifestWithinTheGracePeriodNames() {
        Collection c = database.create("c", SCHEMA);
        c.apply(upsert(1, "a"));
        c.compact();
        String first = keys(".seg").getFirst();
        clock.advance(GRACE.multipliedBy(3));
        c.apply(upsert(2, "b"));
        c.apply(upsert(2, "a"));
        c.compact();
        // Replaced just now: a reader may still be loading it.
        c.collectGarbage();
        assertThat(keys(".seg")).contains(first);
        assertThat(keys("")).anyMatch(k -> k.contains("/log/"));
        clock.advance(GRACE.dividedBy(2));
        c.collectGarbage();
        assertThat(keys(".seg")).contains(first);
        clock.advance(GRACE);
        assertThat(c.collectGarbage().bytes()).isPositive();
        assertThat(keys(".seg")).doesNotContain(first);
        assertThat(keys("")).noneMatch(k -> k.contains("/log/"));
        assertThat(coldContent(store, clock, "c")).isEqualTo(Map.of("a", 2, "b", 2));
    }

    /** A compaction that lost its race leaves a version after the winner's; the winner's segment stays as long as it is in use. */
    @Test
    void aLostCompactionDoesNotHideTheWinnersSegment() {
        Collection c = database.create("c", SCHEMA);
        c.apply(upsert(1, "a", "b"));
        FaultyStore slow = new FaultyStore(store);
        Collection late = new Database(slow, settings(clock)).collection("c");
        slow.once(FaultyStore.Verb.PUT, ".seg", (_, _, real) -> {
            assertThat(c.compact().swapped()).isTrue();
            clock.advance(Duration.ofSeconds(1));
            return real.call();
        });
        assertThat(late.compact().swapped()).isFalse();
        String winner = new String(store.get("c/manifest.json").orElseThrow().bytes(), UTF_8)
                .replaceAll("(?s).*\"segments\"[^\\]]*\"name\" : \"(\\w+)\".*", "c/segments/$1.seg");
        assertThat(keys(".seg")).hasSize(2).contains(winner);

        clock.advance(GRACE.multipliedBy(2));
        c.apply(delete("a", "b"));
        c.compact();
        // In use until a moment ago.
        c.collectGarbage();
        assertThat(keys(".seg")).containsExactly(winner);
        clock.advance(GRACE.multipliedBy(2));
        c.collectGarbage();
        assertThat(keys(".seg")).isEmpty();
    }

    /** Three large segments and three small ones; a fourth large one completes its tier. */
    @Test
    void aCompactionThatDiesIsContinuedAfterItsLastStep() {
        Collection c = database.create("c", SCHEMA);
        int next = 0;
        for (int size : new int[] {64, 64, 64, 1, 1, 1}) {
            next = upsertNew(c, next, size);
            c.compact();
        }
        assertThat(c.statistics(Consistency.STRONG).segments()).isEqualTo(6);
        upsertNew(c, next, 64);
        assertThatThrownBy(() -> c.compact(_ -> {
                    throw new IllegalStateException("died");
                }))
                .hasMessage("died");
        assertThat(c.statistics(Consistency.STRONG).logOperations())
                .as("folded")
                .isZero();
        assertThat(c.statistics(Consistency.STRONG).segments()).isEqualTo(7);

        List<Compaction.Report> steps = new ArrayList<>();
        var report = other.collection("c").compact(steps::add);
        assertThat(steps).containsExactly(new Compaction.Report(true, 0, 4 * 64, 4));
        assertThat(report).isEqualTo(steps.getFirst());
        assertThat(c.compact().swapped()).isFalse();
        assertThat(c.statistics(Consistency.STRONG).records()).isEqualTo(4 * 64 + 3);
    }

    @Test
    void aCompactionDoesOneThingAfterTheOtherUntilNothingIsLeftToDo() {
        Collection c = database.create("c", SCHEMA);
        int next = 0;
        for (int size : new int[] {64, 64, 64, 1, 1, 1}) {
            next = upsertNew(c, next, size);
            c.compact();
        }
        upsertNew(c, next, 64);
        List<Compaction.Report> steps = new ArrayList<>();
        var report = c.compact(steps::add);
        assertThat(steps.stream().map(Compaction.Report::rowsWritten)).containsExactly(64L, 4 * 64L);
        assertThat(report).isEqualTo(new Compaction.Report(true, 64, 5 * 64, 4));
    }

    private static int upsertNew(Collection c, int first, int rows) {
        Batch.Builder batch = Batch.builder();
        for (int i = first; i < first + rows; i++) {
            batch.upsert(Samples.row("row-" + i, i));
        }
        c.apply(batch.build());
        return first + rows;
    }

    @Test
    void statisticsTellWhatIsThere() {
        Collection c = database.create("c", SCHEMA);
        c.apply(upsert(1, "a", "b"));
        c.apply(delete("a"));
        var s = c.statistics(Consistency.STRONG);
        assertThat(s.records()).isEqualTo(1);
        assertThat(s.logOperations()).isEqualTo(3);
        assertThat(s.logBytes()).isPositive();
        assertThat(s.sequence()).isEqualTo(2);
        assertThat(s.segments()).isZero();
        assertThat(s.manifestVersion()).isEqualTo(1);
        var report = c.compact();
        assertThat(report.swapped()).isTrue();
        assertThat(report.folded()).isEqualTo(3);
        assertThat(report.rowsWritten()).isEqualTo(1);
        s = c.statistics(Consistency.STRONG);
        assertThat(s.records()).isEqualTo(1);
        assertThat(s.logOperations()).isZero();
        assertThat(s.segments()).isEqualTo(1);
        assertThat(s.segmentBytes()).isPositive();
        assertThat(s.manifestVersion()).isEqualTo(2);
        assertThat(s.sequence()).isEqualTo(2);
    }

    private List<String> keys(String end) {
        return store.list("c/", "").stream()
                .map(Listed::key)
                .filter(k -> k.endsWith(end))
                .toList();
    }
}
