package dev.quiver.index.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.Race;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.store.ObjectStore.Blob;
import dev.quiver.index.store.ObjectStore.ConditionalGet;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.ObjectStore.Precondition;
import dev.quiver.index.store.ObjectStore.PutResult;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What everything above the port relies on: conditional writes have one winner, reads are whole, listings are ordered and complete. Each adapter
 * runs it.
 */
abstract class ObjectStoreContract {
    private static final Precondition ABSENT = new Precondition.IfAbsent();

    @TempDir
    Path files;

    ObjectStore store;

    /** A store without objects. */
    abstract ObjectStore open() throws IOException;

    /** How often a race is run; less where a call is a request. */
    int rounds() {
        return 20;
    }

    @BeforeEach
    void openStore() throws IOException {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void whatWasPutIsRead() {
        String etag = put("a/b/c", "content");
        assertThat(store.get("a/b/c")).hasValueSatisfying(b -> {
            assertThat(b.bytes()).asString(UTF_8).isEqualTo("content");
            assertThat(b.etag()).isEqualTo(etag);
        });
    }

    @Test
    void anEmptyObjectIsAnObject() {
        put("empty", "");
        assertThat(store.get("empty").orElseThrow().bytes()).isEmpty();
        assertThat(keys("", "")).containsExactly("empty");
    }

    @Test
    void aMissingObjectIsEmpty() {
        put("a/b", "x");
        assertThat(store.get("a/c")).isEmpty();
        assertThat(store.get("b")).isEmpty();
        assertThat(store.get("b/c/d")).isEmpty();
    }

    @Test
    void anObjectFromAFileIsStoredAsTheFileIs() throws IOException {
        byte[] bytes = new byte[3_000_001];
        new Random(5).nextBytes(bytes);
        Path file = Files.write(files.resolve("content"), bytes);
        assertThat(store.put("big", Content.of(file), ABSENT)).isInstanceOf(PutResult.Stored.class);
        assertThat(store.get("big").orElseThrow().bytes()).isEqualTo(bytes);
        assertThat(store.list("big", "").getFirst().size()).isEqualTo(bytes.length);
    }

    @Test
    void anExistingObjectIsNotCreatedAgain() {
        put("k", "first");
        assertThat(store.put("k", Content.of(bytes("second")), ABSENT)).isEqualTo(new PutResult.Refused());
        assertThat(text("k")).isEqualTo("first");
    }

    @Test
    void onlyTheVersionThatIsNamedIsReplaced() {
        String first = put("k", "1");
        String second = stored(store.put("k", Content.of(bytes("2")), new Precondition.IfMatch(first)));
        assertThat(second).isNotEqualTo(first);
        assertThat(store.put("k", Content.of(bytes("3")), new Precondition.IfMatch(first)))
                .isEqualTo(new PutResult.Refused());
        assertThat(text("k")).isEqualTo("2");
        stored(store.put("k", Content.of(bytes("3")), new Precondition.IfMatch(second)));
        assertThat(text("k")).isEqualTo("3");
    }

    @Test
    void aMissingObjectMatchesNoEtag() {
        String etag = put("k", "1");
        store.delete("k");
        assertThat(store.put("k", Content.of(bytes("2")), new Precondition.IfMatch(etag)))
                .isEqualTo(new PutResult.Refused());
        assertThat(store.put("other/k", Content.of(bytes("2")), new Precondition.IfMatch(etag)))
                .isEqualTo(new PutResult.Refused());
        assertThat(store.get("k")).isEmpty();
        assertThat(store.get("other/k")).isEmpty();
    }

    @Test
    void exactlyOneOfManyRacingCreatorsWins() {
        for (int round = 0; round < rounds() / 2; round++) {
            String key = "race/new-" + round;
            List<PutResult> results = Race.of(8, i -> store.put(key, Content.of(bytes("by " + i)), ABSENT));
            assertOneWinner(key, results);
        }
    }

    @Test
    void exactlyOneOfManyRacingReplacersWins() {
        for (int round = 0; round < rounds() / 2; round++) {
            String key = "race/old-" + round;
            var match = new Precondition.IfMatch(put(key, "start"));
            List<PutResult> results = Race.of(8, i -> store.put(key, Content.of(bytes("by " + i)), match));
            assertOneWinner(key, results);
        }
    }

    private void assertOneWinner(String key, List<PutResult> results) {
        List<Integer> winners = IntStream.range(0, results.size())
                .filter(i -> results.get(i) instanceof PutResult.Stored)
                .boxed()
                .toList();
        assertThat(winners).hasSize(1);
        assertThat(text(key)).isEqualTo("by " + winners.getFirst());
        assertThat(store.get(key).orElseThrow().etag()).isEqualTo(stored(results.get(winners.getFirst())));
    }

    @Test
    void concurrentIncrementsLoseNothing() {
        put("counter", "0");
        int threads = 4;
        int increments = rounds() + 5;
        Race.of(threads, _ -> {
            for (int done = 0; done < increments; ) {
                Blob now = store.get("counter").orElseThrow();
                String next = Integer.toString(Integer.parseInt(new String(now.bytes(), UTF_8)) + 1);
                if (store.put("counter", Content.of(bytes(next)), new Precondition.IfMatch(now.etag()))
                        instanceof PutResult.Stored) {
                    done++;
                }
            }
            return null;
        });
        assertThat(text("counter")).isEqualTo(Integer.toString(threads * increments));
    }

    @Test
    void aReaderSeesAWholeVersionWithItsEtag() {
        List<String> versions = List.of("a".repeat(100_000), "b".repeat(70_000));
        String[] etag = {put("k", versions.get(0))};
        List<String> etags = new ArrayList<>(List.of(etag[0]));
        AtomicBoolean done = new AtomicBoolean();
        Race.of(3, i -> {
            if (i > 0) {
                while (!done.get()) {
                    Blob b = store.get("k").orElseThrow();
                    assertThat(new String(b.bytes(), UTF_8)).isIn(versions);
                    assertThat(new String(b.bytes(), UTF_8).substring(0, 1)).isIn("a", "b");
                }
                return null;
            }
            try {
                for (int n = 1; n <= 2 * rounds(); n++) {
                    etag[0] = stored(
                            store.put("k", Content.of(bytes(versions.get(n % 2))), new Precondition.IfMatch(etag[0])));
                    etags.add(etag[0]);
                }
            } finally {
                done.set(true);
            }
            return null;
        });
        assertThat(store.get("k").orElseThrow().etag()).isEqualTo(etags.getLast());
    }

    @Test
    void aRangeIsReadIntoItsPlace() {
        put("r", "0123456789");
        MemorySegment target = OffHeap.allocate(6);
        store.read("r", 3, target.asSlice(1, 4));
        assertThat(OffHeap.getBytes(target, 0, 6)).isEqualTo(new byte[] {0, '3', '4', '5', '6', 0});
        MemorySegment whole = OffHeap.allocate(10);
        store.read("r", 0, whole);
        assertThat(OffHeap.getBytes(whole, 0, 10)).isEqualTo(bytes("0123456789"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 9, 10, 1000})
    void aRangePastTheEndIsAnError(long offset) {
        put("r", "0123456789");
        assertThatThrownBy(() -> store.read("r", offset, OffHeap.allocate(10)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("r");
    }

    @Test
    void aRangeOfAMissingObjectIsAnError() {
        assertThatThrownBy(() -> store.read("nothing/here", 0, OffHeap.allocate(1)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("nothing/here");
    }

    @Test
    void anUnchangedObjectIsNotReadAgain() {
        String first = put("k", "1");
        assertThat(store.getIfChanged("k", first)).isEqualTo(new ConditionalGet.Unchanged());
        String second = stored(store.put("k", Content.of(bytes("2")), new Precondition.IfMatch(first)));
        assertThat(store.getIfChanged("k", first)).isInstanceOfSatisfying(ConditionalGet.Changed.class, c -> {
            assertThat(c.blob().bytes()).isEqualTo(bytes("2"));
            assertThat(c.blob().etag()).isEqualTo(second);
        });
        store.delete("k");
        assertThat(store.getIfChanged("k", second)).isEqualTo(new ConditionalGet.Missing());
    }

    @Test
    void aListingIsInTheOrderOfKeys() {
        List<String> inOrder = List.of("a-b", "a.b", "a/1", "a/b/c", "a/b/d", "a/c", "a0", "aa/x", "b", "ä", "Ω", "日本");
        inOrder.reversed().forEach(k -> put(k, k));
        assertThat(keys("", "")).isEqualTo(inOrder);
    }

    @Test
    void aListingStartsAfterAnyString() {
        List<String> all = List.of("a-b", "a.b", "a/1", "a/b/c", "a/b/d", "a/c", "a0", "aa/x", "b");
        all.forEach(k -> put(k, k));
        List<String> starts = new ArrayList<>(all);
        starts.addAll(List.of("", "a", "a/", "a/b", "a/b/", "a/b/cc", "a-", "a.", "a.c", "a0/", "aa", "aa/", "z"));
        for (String prefix : List.of("", "a", "a/", "a/b", "a/b/", "a/b/c", "aa", "c", "a/b/c/d")) {
            for (String start : starts) {
                assertThat(keys(prefix, start))
                        .as("prefix '%s' after '%s'", prefix, start)
                        .isEqualTo(all.stream()
                                .filter(k -> k.startsWith(prefix) && k.compareTo(start) > 0)
                                .toList());
            }
        }
    }

    @Test
    void aListingTellsSizes() {
        put("x/three", "123");
        assertThat(store.list("x/", "")).singleElement().satisfies(l -> {
            assertThat(l.size()).isEqualTo(3);
            assertThat(l.lastModified()).isPositive();
        });
    }

    @Test
    void moreThanAThousandObjectsAreListed() {
        int count = 1203;
        Race.of(6, i -> {
            for (int n = i; n < count; n += 6) {
                put("many/%05d".formatted(n), "");
            }
            return null;
        });
        List<String> expected =
                IntStream.range(0, count).mapToObj("many/%05d"::formatted).toList();
        assertThat(keys("many/", "")).isEqualTo(expected);
        assertThat(keys("many/", "many/00100")).isEqualTo(expected.subList(101, count));
        assertThat(keys("many/01", "")).isEqualTo(expected.subList(1000, count));
        assertThat(store.folders("")).containsExactly("many");
    }

    @Test
    void foldersAreTheNamesThatHaveSomethingBelow() {
        List.of("top", "b/1", "a/x/1", "a/y/z/1", "a/file", "ab/1").forEach(k -> put(k, k));
        assertThat(store.folders("")).containsExactly("a", "ab", "b");
        assertThat(store.folders("a/")).containsExactly("x", "y");
        assertThat(store.folders("a/y/")).containsExactly("z");
        assertThat(store.folders("b/")).isEmpty();
        assertThat(store.folders("nothing/")).isEmpty();
    }

    @Test
    void aFolderGoesWithItsLastObject() {
        put("a/b/c", "");
        put("a/d", "");
        store.delete("a/b/c");
        assertThat(store.folders("a/")).isEmpty();
        store.delete("a/d");
        assertThat(store.folders("")).isEmpty();
        put("a", "now a name of its own");
        assertThat(keys("", "")).containsExactly("a");
    }

    @Test
    void deletingTwiceIsNoError() {
        put("k", "1");
        store.delete("k");
        store.delete("k");
        store.delete("never/was/there");
        assertThat(store.get("k")).isEmpty();
        assertThat(keys("", "")).isEmpty();
        put("k", "2");
        assertThat(text("k")).isEqualTo("2");
    }

    @Test
    void manyDeleteAndCreateInOneFolderAtOnce() {
        for (int round = 0; round < rounds(); round++) {
            Race.of(6, i -> {
                String key = "f/g/" + i;
                for (int n = 0; n < 5; n++) {
                    put(key, "");
                    store.delete(key);
                }
                put(key, "last");
                return null;
            });
            assertThat(keys("f/", "")).containsExactly("f/g/0", "f/g/1", "f/g/2", "f/g/3", "f/g/4", "f/g/5");
            Race.of(6, i -> {
                store.delete("f/g/" + i);
                return null;
            });
            assertThat(keys("f/", "")).isEmpty();
        }
    }

    @Test
    void aListingBesideDeletesShowsAllThatStays() {
        List<String> staying =
                IntStream.range(0, 40).mapToObj("l/stay-%02d"::formatted).toList();
        staying.forEach(k -> put(k, ""));
        AtomicBoolean done = new AtomicBoolean();
        Race.of(4, i -> {
            if (i == 0) {
                while (!done.get()) {
                    assertThat(keys("l/", "")).containsAll(staying);
                }
                return null;
            }
            for (int n = 0; n < 5 * rounds(); n++) {
                put("l/go-" + i + "-" + n % 7, "");
                store.delete("l/go-" + i + "-" + n % 7);
            }
            done.set(true);
            return null;
        });
        assertThat(keys("l/", "")).isEqualTo(staying);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/a",
                "a/",
                "a//b",
                ".",
                "..",
                "../a",
                "a/../b",
                "a/..",
                "./a",
                "a/./b",
                "a\\b",
                "a\nb",
                "a\u0000b",
                "a\u007fb",
                "a\ud83d\ude00b",
                "a\ud83d"
            })
    void aKeyThatMeansSomethingElseElsewhereIsRefused(String key) {
        assertThatIllegalArgumentException().isThrownBy(() -> store.get(key));
        assertThatIllegalArgumentException().isThrownBy(() -> store.getIfChanged(key, "\"x\""));
        assertThatIllegalArgumentException().isThrownBy(() -> store.read(key, 0, OffHeap.allocate(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> store.put(key, Content.of(new byte[1]), ABSENT));
        assertThatIllegalArgumentException().isThrownBy(() -> store.delete(key));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../", "../..", "a/../", "a/../../b", "/", "/etc/", "a//"})
    void aPrefixDoesNotLeadOutside(String prefix) {
        put("a/b", "x");
        assertThatIllegalArgumentException().isThrownBy(() -> store.list(prefix, ""));
        if (prefix.endsWith("/")) {
            assertThatIllegalArgumentException().isThrownBy(() -> store.folders(prefix));
        }
    }

    @Test
    void aTooLongKeyIsRefused() {
        String folders = ("p".repeat(99) + "/").repeat(8);
        put(folders + "k".repeat(100), "fits");
        assertThatIllegalArgumentException().isThrownBy(() -> put(folders + "k".repeat(101), "does not"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "naïve/Ærøskøbing",
                "漢字/かな",
                "with space/and+plus%20&=?#",
                "emoji-free/ünï",
                "q'uo\"te/<tag>",
                "a..b/...c",
                "~/*"
            })
    void unusualKeysKeepTheirNames(String key) {
        put(key, key);
        assertThat(text(key)).isEqualTo(key);
        assertThat(keys("", "")).containsExactly(key);
        assertThat(keys(key.substring(0, key.indexOf('/') + 1), "")).containsExactly(key);
        assertThat(store.folders("")).containsExactly(key.substring(0, key.indexOf('/')));
        MemorySegment target = OffHeap.allocate(1);
        store.read(key, 0, target);
        store.delete(key);
        assertThat(keys("", "")).isEmpty();
    }

    @Test
    void aChangedArrayDoesNotChangeTheObject() {
        byte[] bytes = bytes("before");
        store.put("k", Content.of(bytes), ABSENT);
        bytes[0] = 'X';
        assertThat(text("k")).isEqualTo("before");
        store.get("k").orElseThrow().bytes()[0] = 'Y';
        assertThat(text("k")).isEqualTo("before");
    }

    final String put(String key, String content) {
        return stored(store.put(key, Content.of(bytes(content)), ABSENT));
    }

    final String text(String key) {
        return new String(store.get(key).orElseThrow().bytes(), UTF_8);
    }

    final List<String> keys(String prefix, String startAfter) {
        return store.list(prefix, startAfter).stream().map(Listed::key).toList();
    }

    static String stored(PutResult result) {
        assertThat(result).isInstanceOf(PutResult.Stored.class);
        return ((PutResult.Stored) result).etag();
    }

    static byte[] bytes(String s) {
        return s.getBytes(UTF_8);
    }
}
