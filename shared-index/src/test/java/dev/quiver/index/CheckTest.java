package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.CollectionCheck.Finding;
import dev.quiver.index.CollectionCheck.Report;
import dev.quiver.index.CollectionCheck.Severity;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.ObjectStore.Precondition;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every object of a collection that is damaged or gone is named, with what can be done; a whole collection is called whole. */
class CheckTest {
    private final FakeClock clock = new FakeClock();
    private final MemoryStore store = new MemoryStore(clock);
    private final Database database = new Database(store, Samples.settings(clock));

    /** A segment with a deletion vector, one without, and two entries of the log. */
    @BeforeEach
    void fill() {
        Collection c = database.create("c", Samples.SCHEMA);
        c.retain(Duration.ofHours(5));
        c.apply(Samples.upsert(1, "a", "b", "d", "e", "f"));
        c.compact();
        c.apply(Samples.upsert(2, "b", "g"));
        c.compact();
        c.apply(Samples.upsert(3, "h", "a"));
        c.apply(Samples.delete("g"));
    }

    private void replace(String key, byte[] bytes) {
        store.delete(key);
        store.put(key, Content.of(bytes), new Precondition.IfAbsent());
    }

    private List<String> keys() {
        return store.list("c/", "").stream().map(Listed::key).toList();
    }

    @Test
    void aWholeCollectionIsWhole() {
        Report report = database.check("c");
        assertThat(report.findings()).isEmpty();
        assertThat(report.damaged()).isFalse();
        assertThat(report.records())
                .isEqualTo(Samples.content(database.collection("c")).size());
        assertThat(report.bytes())
                .isEqualTo(store.list("c/", "").stream().mapToLong(Listed::size).sum());
    }

    @Test
    void aDamagedObjectIsNamed() {
        for (String key : keys()) {
            byte[] whole = store.get(key).orElseThrow().bytes();
            for (int at : new int[] {0, Math.min(70, whole.length / 2), whole.length - 1}) {
                byte[] damaged = whole.clone();
                damaged[at] ^= 1;
                replace(key, damaged);
                Report report = new Database(store, Samples.settings(clock)).check("c");
                if (key.contains("/log/") && folded(key)) {
                    // Only states of the past need it.
                    assertThat(report.damaged()).as(key).isFalse();
                } else {
                    assertThat(report.findings())
                            .as("%s at %d", key, at)
                            .extracting(Finding::key)
                            .contains(key);
                    assertThat(report.damaged()).as(key).isEqualTo(!key.contains("/manifests/"));
                    assertThat(report.findings())
                            .allSatisfy(f -> assertThat(f.advice()).isNotBlank());
                }
            }
            replace(key, whole);
        }
        assertThat(database.check("c").findings()).isEmpty();
    }

    private static boolean folded(String logKey) {
        return logKey.endsWith("1") || logKey.endsWith("2");
    }

    @Test
    void aMissingObjectIsNamed() {
        for (String key : keys()) {
            byte[] whole = store.get(key).orElseThrow().bytes();
            store.delete(key);
            Report report = new Database(store, Samples.settings(clock)).check("c");
            // That the last entry of a log was ever there nothing tells.
            boolean last = key.endsWith("/00000000000000000004");
            boolean newest = !key.contains("/manifests/") && !last && !(key.contains("/log/") && folded(key));
            assertThat(report.damaged()).as(key).isEqualTo(newest);
            if (newest) {
                assertThat(report.findings()).as(key).extracting(Finding::key).contains(key);
            }
            replace(key, whole);
        }
    }

    @Test
    void aManifestThatIsGoneLeavesItsVersions() {
        store.delete("c/manifest.json");
        Finding f = database.check("c").findings().getFirst();
        assertThat(f.severity()).isEqualTo(Severity.DAMAGE);
        assertThat(f.advice()).contains("c/manifests/0000000000000000000" + 4);
    }

    @Test
    void whatNobodyRefersToIsAnOrphan() {
        replace("c/segments/01J8ZQ0000SEGMENT0NAMEMADE.seg", new byte[10]);
        Report report = database.check("c");
        assertThat(report.damaged()).isFalse();
        assertThat(report.findings()).singleElement().satisfies(f -> {
            assertThat(f.severity()).isEqualTo(Severity.ORPHAN);
            assertThat(f.key()).isEqualTo("c/segments/01J8ZQ0000SEGMENT0NAMEMADE.seg");
        });
    }

    @Test
    void thereIsNothingToCheckWhereThereIsNothing() {
        assertThatThrownBy(() -> database.check("none")).isInstanceOf(CollectionNotFoundException.class);
    }
}
