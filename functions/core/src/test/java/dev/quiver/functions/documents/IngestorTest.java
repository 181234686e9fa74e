package dev.quiver.functions.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.functions.documents.Ingestor.Listener;
import dev.quiver.functions.documents.Ingestor.Outcome;
import dev.quiver.functions.documents.Ingestor.Source;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import dev.quiver.index.log.LogEntry;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Holds down that a collection holds exactly what the ingested documents say, whatever was ingested before: unchanged documents cost nothing, changed ones leave nothing
 * behind, one that cannot be read disturbs no other, and each document is committed whole.
 */
class IngestorTest {
    private MemoryStore store;
    private Database database;
    private Collection collection;
    private WordEmbedder embedder;

    @BeforeEach
    void open() {
        store = new MemoryStore();
        database = new Database(store, Settings.defaults());
        collection = database.create("docs", new Schema(WordEmbedder.DIMENSION, Metric.COSINE, "words"));
        embedder = new WordEmbedder();
    }

    @AfterEach
    void close() {
        database.close();
    }

    private record Text(String path, byte[] bytes) implements Source {
        Text(String path, String text) {
            this(path, text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public byte[] read() {
            return bytes;
        }
    }

    private Map<String, Outcome> ingest(String origin, Source... sources) {
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        try {
            new Ingestor(collection, embedder, origin).ingest(List.of(sources), outcomes::put);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return outcomes;
    }

    private Map<String, Outcome> ingest(Source... sources) {
        return ingest("file:///here/", sources);
    }

    private List<Record> records() {
        return collection.list("", "", 10_000, Consistency.STRONG).records();
    }

    private List<String> passagesOf(String path) {
        return records().stream()
                .filter(r -> path.equals(r.attributes().get(Ingestor.SOURCE)))
                .sorted(java.util.Comparator.comparing(
                        r -> (Long) r.attributes().get(Ingestor.POSITION)))
                .map(Record::text)
                .toList();
    }

    /** A paragraph that fills a passage, so a text of n of them has n passages. */
    private static String paragraphs(String word, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> (word + i + " ").repeat(20).strip())
                .collect(Collectors.joining("\n\n"));
    }

    @Test
    void aPassageKnowsWhereItComesFrom() {
        ingest(new Text("guide/a.md", "# Guide\n\nIntro.\n\n## Deploy\n\nRun it."));
        List<Record> records = records();
        assertThat(records).extracting(Record::text).containsExactly("Intro.", "Run it.");
        Map<String, Object> attributes = new HashMap<>(records.get(1).attributes());
        assertThat((String) attributes.remove(Ingestor.CONTENT_HASH)).matches("[0-9a-f]{32}-\\d+");
        assertThat(attributes)
                .isEqualTo(Map.of(
                        Ingestor.SOURCE, "guide/a.md",
                        Ingestor.ORIGIN, "file:///here/",
                        Ingestor.TITLE, "Guide",
                        Ingestor.SECTION, "Guide > Deploy",
                        Ingestor.POSITION, 1L,
                        Ingestor.PASSAGES, 2L));
        assertThat(records.get(1).id()).matches("[0-9a-f]{8}/guide/a\\.md#1");
        assertThat(records.get(1).vector()).containsExactly(1, "Guide > Deploy\nRun it.".length(), 0, 0);
        assertThat(embedder.embedded).containsExactly("Guide\nIntro.", "Guide > Deploy\nRun it.");
    }

    @Test
    void aPassageOfAPdfKnowsItsPage() {
        ingest(new Text(
                "a.pdf",
                Documents.pdf("T", Documents.page("one"), Documents.page(("two ".repeat(8) + "x").repeat(3)))));
        assertThat(records()).extracting(r -> r.attributes().get(Ingestor.PAGE)).containsExactly(1L, 2L);
    }

    @Test
    void whatIsUnchangedIsNeitherEmbeddedNorWritten() {
        Text a = new Text("a.txt", "one");
        Text b = new Text("b.txt", "two");
        assertThat(ingest(a, b))
                .containsOnly(Map.entry("a.txt", new Outcome.Added(1)), Map.entry("b.txt", new Outcome.Added(1)));
        long sequence = collection.statistics(Consistency.STRONG).sequence();
        embedder.embedded.clear();
        assertThat(ingest(a, b))
                .containsOnly(Map.entry("a.txt", new Outcome.Unchanged()), Map.entry("b.txt", new Outcome.Unchanged()));
        assertThat(embedder.embedded).isEmpty();
        assertThat(collection.statistics(Consistency.STRONG).sequence()).isEqualTo(sequence);
    }

    @Test
    void whatHasChangedIsReplacedAndLeavesNoSurplus() {
        ingest(new Text("a.txt", paragraphs("old", 5)), new Text("b.txt", "stays"));
        assertThat(ingest(new Text("a.txt", paragraphs("new", 2)), new Text("b.txt", "stays")))
                .containsEntry("a.txt", new Outcome.Changed(2, 5))
                .containsEntry("b.txt", new Outcome.Unchanged());
        assertThat(passagesOf("a.txt")).hasSize(2).allMatch(t -> t.startsWith("new"));
        assertThat(passagesOf("b.txt")).containsExactly("stays");
        assertThat(ingest(new Text("a.txt", paragraphs("newer", 7)))).containsEntry("a.txt", new Outcome.Changed(7, 2));
        assertThat(passagesOf("a.txt")).hasSize(7).allMatch(t -> t.startsWith("newer"));
    }

    @Test
    void theSameHoldsAfterTheLogWasFolded() {
        ingest(new Text("a.txt", paragraphs("old", 5)));
        collection.compact();
        ingest(new Text("a.txt", paragraphs("new", 2)));
        collection.compact();
        assertThat(passagesOf("a.txt")).hasSize(2).allMatch(t -> t.startsWith("new"));
        assertThat(ingest(new Text("a.txt", paragraphs("new", 2)))).containsEntry("a.txt", new Outcome.Unchanged());
    }

    @Test
    void aDocumentThatBecameEmptyIsRemovedAndOneThatAlwaysWasIsNoError() {
        ingest(new Text("a.txt", "one"));
        assertThat(ingest(new Text("a.txt", ""), new Text("b.txt", " \n")))
                .containsEntry("a.txt", new Outcome.Changed(0, 1))
                .containsEntry("b.txt", new Outcome.Empty());
        assertThat(records()).isEmpty();
        assertThat(ingest(new Text("a.txt", ""))).containsEntry("a.txt", new Outcome.Empty());
    }

    @Test
    void oneThatCannotBeReadIsReportedAndTheOthersGoOn() {
        Source gone = new Source() {
            @Override
            public String path() {
                return "gone.txt";
            }

            @Override
            public byte[] read() throws IOException {
                throw new IOException("disk on fire");
            }
        };
        Map<String, Outcome> outcomes = ingest(
                new Text("a.txt", "one"),
                new Text("broken.pdf", "%PDF-1.7 and then nothing"),
                gone,
                new Text("encrypted.pdf", Documents.pdf("T", "password", Documents.page("secret"))),
                new Text("empty.docx", ""),
                new Text("z.txt", "two"));
        assertThat(outcomes.keySet())
                .containsExactly("a.txt", "broken.pdf", "gone.txt", "encrypted.pdf", "empty.docx", "z.txt");
        assertThat(outcomes.get("broken.pdf")).isInstanceOfSatisfying(Outcome.Failed.class, f -> assertThat(f.reason())
                .startsWith("cannot be read"));
        assertThat(outcomes.get("gone.txt")).isEqualTo(new Outcome.Failed("cannot be read: disk on fire"));
        assertThat(outcomes.get("encrypted.pdf"))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class, f -> assertThat(f.reason()).contains("encrypted"));
        assertThat(outcomes.get("empty.docx")).isInstanceOf(Outcome.Failed.class);
        assertThat(records()).extracting(Record::text).containsExactly("one", "two");
    }

    @Test
    void aFileThatBreaksKeepsWhatWasReadOfItBefore() {
        ingest(new Text("a.pdf", Documents.pdf("T", Documents.page("good"))));
        assertThat(ingest(new Text("a.pdf", "%PDF-1.7 broken")).get("a.pdf")).isInstanceOf(Outcome.Failed.class);
        assertThat(passagesOf("a.pdf")).containsExactly("good");
    }

    @Test
    void twoFoldersWithTheSameFileNamesDoNotMeet() {
        ingest("file:///one/", new Text("README.md", "from one"));
        ingest("file:///two/", new Text("README.md", "from two"));
        assertThat(records()).extracting(Record::text).containsExactlyInAnyOrder("from one", "from two");
        assertThat(ingest("file:///one/", new Text("README.md", "from one")))
                .containsEntry("README.md", new Outcome.Unchanged());
    }

    @Test
    void pruningRemovesWhatIsGoneFromThisOriginOnly() {
        ingest("file:///one/", new Text("a.txt", paragraphs("a", 3)), new Text("b.txt", "b"));
        ingest("file:///two/", new Text("a.txt", "other"), new Text("c.txt", "other"));
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        new Ingestor(collection, embedder, "file:///one/").prune(Set.of("b.txt"), outcomes::put);
        assertThat(outcomes).containsExactly(Map.entry("a.txt", new Outcome.Removed(3)));
        assertThat(records()).extracting(Record::text).containsExactlyInAnyOrder("b", "other", "other");
    }

    @Test
    void pruningGoesThroughMoreThanOnePageOfRecords() {
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            sources.add(new Text("d%02d.txt".formatted(i), paragraphs("p", 90)));
        }
        ingest(sources.toArray(Source[]::new));
        assertThat(records().size()).isEqualTo(2250);
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        new Ingestor(collection, embedder, "file:///here/").prune(Set.of("d07.txt"), outcomes::put);
        assertThat(outcomes).hasSize(24).allSatisfy((_, o) -> assertThat(o).isEqualTo(new Outcome.Removed(90)));
        assertThat(records()).hasSize(90).allMatch(r -> "d07.txt"
                .equals(r.attributes().get(Ingestor.SOURCE)));
    }

    @Test
    void namesMayBeAnything() {
        List<String> names = List.of(
                "with space.txt",
                "ünï/東京 😀.txt",
                "a#0.txt",
                "a.txt",
                "quote\"'\\.txt",
                "new\nline.txt",
                "%41.txt",
                "..txt");
        Source[] sources =
                names.stream().map(n -> new Text(n, "text of " + n.length())).toArray(Source[]::new);
        assertThat(ingest(sources)).hasSize(names.size()).allSatisfy((_, o) -> assertThat(o)
                .isEqualTo(new Outcome.Added(1)));
        assertThat(records())
                .extracting(r -> r.attributes().get(Ingestor.SOURCE))
                .containsExactlyInAnyOrderElementsOf(Collections.unmodifiableList(new ArrayList<Object>(names)));
        assertThat(ingest(sources)).allSatisfy((_, o) -> assertThat(o).isEqualTo(new Outcome.Unchanged()));
    }

    @Test
    void aPathTooLongForAnIdIsHashedAndStillFound() {
        // With one digit the id of the shorter path fits just so, with two it does not.
        String edge = "x".repeat(Record.MAX_ID_BYTES - 8 - 1 - 4 - 2) + ".txt";
        String longest = "東/".repeat(500) + "a.txt";
        Text one = new Text(edge, paragraphs("e", 12));
        Text two = new Text(longest, paragraphs("l", 12));
        assertThat(ingest(one, two)).allSatisfy((_, o) -> assertThat(o).isEqualTo(new Outcome.Added(12)));
        assertThat(records())
                .hasSize(24)
                .allMatch(r -> r.id().getBytes(StandardCharsets.UTF_8).length <= Record.MAX_ID_BYTES);
        assertThat(ingest(one, two)).allSatisfy((_, o) -> assertThat(o).isEqualTo(new Outcome.Unchanged()));
        assertThat(ingest(new Text(edge, "now short"), new Text(longest, "now short")))
                .allSatisfy((_, o) -> assertThat(o).isEqualTo(new Outcome.Changed(1, 12)));
        assertThat(records()).hasSize(2);
    }

    @Test
    void aTitleOrSectionOfAnyLengthIsKeptShort() {
        String heading = "very long heading ".repeat(5000);
        assertThat(ingest(
                        new Text("a.html", "<title>" + heading + "</title><h1>" + heading + "</h1><p>text"),
                        new Text("b.txt", "other")))
                .containsEntry("a.html", new Outcome.Added(1))
                .containsEntry("b.txt", new Outcome.Added(1));
        Record r = records().stream()
                .filter(x -> x.text().equals("text"))
                .findFirst()
                .orElseThrow();
        for (String name : List.of(Ingestor.TITLE, Ingestor.SECTION)) {
            assertThat((String) r.attributes().get(name))
                    .startsWith("very long heading")
                    .endsWith("…")
                    .hasSizeLessThan(1100);
        }
    }

    @Test
    void aDocumentsPassagesAreInOneCommit() throws Exception {
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            sources.add(new Text("d%02d.txt".formatted(i), paragraphs("p", 1 + i * 3)));
        }
        ingest(sources.toArray(Source[]::new));
        Map<String, Set<Long>> commits = new HashMap<>();
        for (Listed l : store.list("docs/log/", "")) {
            String[] parts = l.key().split("/", -1);
            long sequence = Long.parseLong(parts[3]);
            LogEntry entry = LogEntry.decode(
                    l.key(), store.get(l.key()).orElseThrow().bytes(), parts[2], sequence, WordEmbedder.DIMENSION);
            for (byte[] id : entry.ids()) {
                String document = new String(id, StandardCharsets.UTF_8).replaceAll("#\\d+$", "");
                commits.computeIfAbsent(document, _ -> new java.util.TreeSet<>())
                        .add(sequence);
            }
        }
        assertThat(commits).hasSize(30).allSatisfy((_, in) -> assertThat(in).hasSize(1));
        assertThat(commits.values().stream().flatMap(Set::stream).distinct())
                .as("there are several commits")
                .hasSizeGreaterThan(2);
    }

    @Test
    void outcomesComeAsTheDocumentsAreCommittedAndNotBefore() {
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            sources.add(new Text("d%02d.txt".formatted(i), paragraphs("p", 100)));
        }
        List<String> early = new ArrayList<>();
        List<String> order = new ArrayList<>();
        try {
            new Ingestor(collection, embedder, "file:///here/").ingest(sources, (path, _) -> {
                order.add(path);
                if (passagesOf(path).size() != 100) {
                    early.add(path);
                }
            });
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertThat(early).isEmpty();
        assertThat(order).isEqualTo(sources.stream().map(Source::path).toList());
    }

    @Test
    void unchangedDocumentsAreReportedLongBeforeTheEnd() {
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            sources.add(new Text("d%04d.txt".formatted(i), "text " + i));
        }
        ingest(sources.toArray(Source[]::new));
        List<Integer> readWhenFirstReported = new ArrayList<>();
        int[] read = {0};
        List<Source> counting = sources.stream()
                .<Source>map(s -> new Source() {
                    @Override
                    public String path() {
                        return s.path();
                    }

                    @Override
                    public byte[] read() throws IOException {
                        read[0]++;
                        return s.read();
                    }
                })
                .toList();
        ingestUnchecked(counting, (_, outcome) -> {
            assertThat(outcome).isEqualTo(new Outcome.Unchanged());
            readWhenFirstReported.add(read[0]);
        });
        assertThat(readWhenFirstReported).hasSize(2000);
        assertThat(readWhenFirstReported.getFirst()).isLessThan(1000);
    }

    private void ingestUnchecked(List<Source> sources, Listener listener) {
        try {
            new Ingestor(collection, embedder, "file:///here/").ingest(sources, listener);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theListenerIsToldOfEveryPassageThatWasEmbedded() {
        int[] passages = {0};
        ingestUnchecked(
                List.of(new Text("a.txt", paragraphs("a", 300)), new Text("b.txt", paragraphs("b", 5))),
                new Listener() {
                    @Override
                    public void finished(String path, Outcome outcome) {}

                    @Override
                    public void embedded(int count) {
                        passages[0] += count;
                    }
                });
        assertThat(passages[0]).isEqualTo(305);
    }

    @Test
    void aModelThatFailsEndsTheIngestAndKeepsWhatWasCommitted() {
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            sources.add(new Text("d%02d.txt".formatted(i), paragraphs("p", 100)));
        }
        sources.add(new Text("e.txt", WordEmbedder.POISON));
        assertThatIllegalStateException()
                .isThrownBy(() -> ingest(sources.toArray(Source[]::new)))
                .withMessage("the model chokes on this");
        Map<String, Long> kept = records().stream()
                .collect(Collectors.groupingBy(
                        r -> (String) r.attributes().get(Ingestor.SOURCE), Collectors.counting()));
        assertThat(kept).isNotEmpty().doesNotContainKey("e.txt").allSatisfy((_, n) -> assertThat(n)
                .isEqualTo(100));
    }

    @Test
    void aStoreThatFailsEndsTheIngestAndTheNextOneCompletesIt() {
        int[] puts = {0};
        ObjectStore failing = (ObjectStore) Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (_, method, arguments) -> {
                    if (method.getName().equals("put") && ++puts[0] > 2) {
                        throw StoreException.refused("the disk is full", null);
                    }
                    return method.invoke(store, arguments);
                });
        collection = new Database(failing, Settings.defaults()).collection("docs");
        Source[] sources = IntStream.range(0, 9)
                .mapToObj(i -> new Text("d" + i + ".txt", paragraphs("p", 100)))
                .toArray(Source[]::new);
        assertThatThrownBy(() -> ingest(sources))
                .isInstanceOf(StoreException.class)
                .hasMessage("the disk is full");

        collection = database.collection("docs");
        int committed = records().size() / 100;
        assertThat(records().size()).as("whole documents").isEqualTo(committed * 100);
        assertThat(committed).isBetween(1, 8);
        Map<String, Outcome> outcomes = ingest(sources);
        assertThat(Collections.frequency(outcomes.values(), new Outcome.Unchanged()))
                .isEqualTo(committed);
        assertThat(Collections.frequency(outcomes.values(), new Outcome.Added(100)))
                .isEqualTo(9 - committed);
        assertThat(records().size()).isEqualTo(900);
    }

    @Test
    void aDocumentWithMorePassagesThanOneCommitTakesIsRefusedWithBothNumbers() {
        String line = "w ".repeat(20).strip() + "\n\n";
        assertThat(ingest(new Text("a.txt", line.repeat(20_001)), new Text("b.txt", "other")))
                .containsEntry("b.txt", new Outcome.Added(1))
                .extractingByKey("a.txt")
                .isInstanceOfSatisfying(
                        Outcome.Failed.class, f -> assertThat(f.reason()).contains("20001", "20000", "split the file"));
    }

    @Test
    void aLargeIngestIsFoldedOnTheWay() {
        Database small = new Database(store, Settings.defaults().withFoldRows(500));
        collection = small.collection("docs");
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sources.add(new Text("d%02d.txt".formatted(i), paragraphs("p", 100)));
        }
        ingest(sources.toArray(Source[]::new));
        assertThat(collection.statistics(Consistency.STRONG).segments()).isPositive();
        assertThat(records().size()).isEqualTo(2000);
    }
}
