package dev.quiver.functions.documents;

import dev.quiver.functions.documents.Chunker.Chunk;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Embedded;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import dev.quiver.index.Collection;
import dev.quiver.index.ConditionFailedException;
import dev.quiver.index.Consistency;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Condition;
import dev.quiver.index.record.Record;
import dev.quiver.index.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * Documents into a collection: parsed, cut into passages, embedded and committed, all passages of a document in one batch, so a document
 * is there whole or not at all. What is known of a document lies in its first passage; nothing else is kept about what was ingested.
 *
 * <p>A document's records have the ids {@code <origin>/<path>#<position>}, where origin is 8 hex digits of the place it came from, so two folders with
 * a {@code README.md} each do not overwrite each other.
 */
public final class Ingestor {
    /** Attributes of a passage's record. */
    public static final String SOURCE = "source";

    public static final String ORIGIN = "origin";
    public static final String TITLE = "title";
    public static final String SECTION = "section";
    public static final String PAGE = "page";
    public static final String POSITION = "position";
    public static final String PASSAGES = "passages";
    public static final String CONTENT_HASH = "contentHash";

    /** Changes when the same file would be cut into other passages, so that it is ingested again. */
    private static final String PIPELINE = "1";

    private static final int TARGET_BATCH = 128;
    /** Documents; those that are unchanged have no passages, and whoever follows the ingest is told of them too. */
    private static final int LARGEST_GROUP = 256;

    private static final int MAX_PASSAGES = 20_000;
    private static final int LIST_PAGE = 1000;
    private static final int FOLLOW_ATTEMPTS = 10;
    /** Of a title or section as an attribute: enough to recognise it, and far below what a record takes. */
    private static final int LONGEST_NAME = 1000;

    /** One document to be ingested, not read yet. */
    public interface Source {
        /** Relative to the origin, with {@code /}. */
        String path();

        byte[] read() throws IOException;
    }

    /** One document that others change meanwhile. */
    public interface LiveSource {
        /** Relative to the origin, with {@code /}. */
        String path();

        /** What it is now; empty if it is not there. */
        Optional<Content> read() throws IOException;

        /** The version of what it is now; empty if it is not there. */
        Optional<String> version() throws IOException;
    }

    /** @param version changes whenever the bytes do */
    public record Content(byte[] bytes, String version) {}

    /** Follows an ingest. Calls come from one thread at a time. */
    public interface Listener {
        /** A document is done. */
        void finished(String path, Outcome outcome);

        /** Passages were embedded. */
        default void embedded(int passages) {}
    }

    /** What became of a document. */
    public sealed interface Outcome {
        record Added(int passages) implements Outcome {}

        record Changed(int passages, int passagesBefore) implements Outcome {}

        record Unchanged() implements Outcome {}

        record Empty() implements Outcome {}

        record Failed(String reason) implements Outcome {}

        record Removed(int passages) implements Outcome {}
    }

    private final Collection collection;
    private final TextEmbedder embedder;
    private final String origin;
    private final String originId;
    private final Chunker chunker;

    /**
     * @param origin where the documents come from, such as a folder's URI
     */
    public Ingestor(Collection collection, TextEmbedder embedder, String origin) {
        this.collection = collection;
        this.embedder = embedder;
        this.origin = origin;
        this.originId = hash(origin.getBytes(StandardCharsets.UTF_8)).substring(0, 8);
        this.chunker = new Chunker(embedder.window().orElse(512), embedder::countTokens);
    }

    /** A parsed document on its way. */
    private record Parsed(
            String path, String contentHash, String title, List<Chunk> chunks, int before, Outcome settled) {
        static Parsed settled(String path, Outcome outcome) {
            return new Parsed(path, null, null, List.of(), 0, outcome);
        }
    }

    /**
     * Ingests documents in order. Reading and parsing run ahead of embedding in a thread of their own, commits behind it in another, so that the
     * cores are the model's.
     */
    public void ingest(List<? extends Source> sources, Listener listener) throws InterruptedException {
        BlockingQueue<Future<Parsed>> parsed = new ArrayBlockingQueue<>(32);
        Thread parser = Thread.ofPlatform().daemon().name("parse").start(() -> {
            try {
                for (Source s : sources) {
                    FutureTask<Parsed> task = new FutureTask<>(() -> parse(s));
                    task.run();
                    parsed.put(task);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try (Committer committer = new Committer(listener)) {
            List<Parsed> group = new ArrayList<>();
            int passages = 0;
            for (int i = 0; i < sources.size(); i++) {
                Parsed p = get(parsed.take());
                group.add(p);
                passages += p.chunks.size();
                if (passages >= TARGET_BATCH || group.size() >= LARGEST_GROUP) {
                    committer.commit(embed(group, listener));
                    group = new ArrayList<>();
                    passages = 0;
                }
            }
            committer.commit(embed(group, listener));
        } finally {
            parser.interrupt();
        }
    }

    private static Parsed get(Future<Parsed> task) throws InterruptedException {
        try {
            return task.get();
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /**
     * Brings a collection to what a document is now: whoever is told of a change calls this, as often as it may be and in whatever order the news come. Of several that do it for the same document at once none leaves behind what is out of date: each commits
     * only if nobody else has since it looked, and looks again when it has.
     *
     * @return {@code Removed(0)} if neither the document nor a passage of it is there
     * @throws IOException if the document cannot be read now; try again
     * @throws StoreException also if the document changed all the time
     */
    public Outcome follow(LiveSource source) throws IOException {
        for (int attempt = 0; attempt < FOLLOW_ATTEMPTS; attempt++) {
            // In this order: a commit is refused if anybody's came after this.
            Collection.Fetched first = collection.fetch(List.of(id(source.path(), 0)), Consistency.STRONG);
            long version = first.versions().isEmpty() ? 0 : first.versions().getFirst();
            Map<String, Object> known = first.records().isEmpty()
                    ? Map.of()
                    : first.records().getFirst().attributes();
            Optional<Content> content = source.read();
            Outcome outcome;
            try {
                outcome = content.isEmpty()
                        ? remove(source.path(), known, version)
                        : bring(parse(source.path(), content.get().bytes(), known), version);
            } catch (ConditionFailedException e) {
                continue;
            }
            if (source.version().equals(content.map(Content::version))) {
                collection.maintain();
                return outcome;
            }
        }
        throw StoreException.refused(
                "'" + source.path() + "' changed " + FOLLOW_ATTEMPTS + " times while it was ingested; try again.",
                null);
    }

    private Outcome remove(String path, Map<String, Object> known, long version) {
        if (version == 0) {
            return new Outcome.Removed(0);
        }
        int passages = known.get(PASSAGES) instanceof Long n ? n.intValue() : 1;
        Batch.Builder batch = Batch.builder();
        for (int i = 0; i < passages; i++) {
            batch.delete(id(path, i), i == 0 ? new Condition.Version(version) : null);
        }
        collection.apply(batch.build());
        return new Outcome.Removed(passages);
    }

    private Outcome bring(Parsed p, long version) {
        if (p.settled != null) {
            return p.settled;
        }
        Condition first = version == 0 ? new Condition.Absent() : new Condition.Version(version);
        List<float[]> vectors = p.chunks.isEmpty()
                ? List.of()
                : embedder.embed(p.chunks.stream().map(Chunk::embedded).toList(), Purpose.DOCUMENT)
                        .vectors();
        Batch.Builder batch = Batch.builder();
        for (int i = 0; i < Math.max(p.chunks.size(), p.before); i++) {
            Condition condition = i == 0 ? first : null;
            if (i < p.chunks.size()) {
                batch.upsert(record(p, i, vectors.get(i)), condition);
            } else {
                batch.delete(id(p.path, i), condition);
            }
        }
        collection.apply(batch.build());
        return outcome(p);
    }

    private Parsed parse(Source source) {
        try {
            return parse(source.path(), source.read(), attributesOf(source.path()));
        } catch (IOException e) {
            return Parsed.settled(source.path(), new Outcome.Failed("cannot be read: " + e.getMessage()));
        }
    }

    private Parsed parse(String path, byte[] bytes, Map<String, Object> known) {
        try {
            String contentHash = hash(bytes) + "-" + PIPELINE;
            if (contentHash.equals(known.get(CONTENT_HASH))) {
                return Parsed.settled(path, new Outcome.Unchanged());
            }
            int before = known.get(PASSAGES) instanceof Long n ? n.intValue() : 0;
            ParsedDocument document = DocumentParsers.parse(path, bytes);
            List<Chunk> chunks = chunker.chunk(document);
            if (chunks.size() > MAX_PASSAGES) {
                return Parsed.settled(
                        path,
                        new Outcome.Failed("has " + chunks.size() + " passages, at most " + MAX_PASSAGES
                                + " are committed at once; split the file"));
            }
            if (chunks.isEmpty() && before == 0) {
                return Parsed.settled(path, new Outcome.Empty());
            }
            return new Parsed(path, contentHash, document.title(), chunks, before, null);
        } catch (UnreadableDocumentException e) {
            return Parsed.settled(path, new Outcome.Failed(e.getMessage()));
        }
    }

    private Map<String, Object> attributesOf(String path) {
        // Nobody else is expected to ingest the same documents now; a stale answer would only repeat work.
        return collection
                .fetch(List.of(id(path, 0)), new Consistency.Eventual(java.time.Duration.ofSeconds(5)))
                .records()
                .stream()
                .findFirst()
                .map(Record::attributes)
                .orElse(Map.of());
    }

    private record Ready(Batch batch, List<Map.Entry<String, Outcome>> outcomes) {}

    private Ready embed(List<Parsed> group, Listener listener) {
        List<String> texts = new ArrayList<>();
        for (Parsed p : group) {
            p.chunks.forEach(c -> texts.add(c.embedded()));
        }
        Embedded embedded = texts.isEmpty()
                ? new Embedded(List.of(), List.of(), OptionalLong.of(0))
                : embedder.embed(texts, Purpose.DOCUMENT);
        synchronized (listener) {
            listener.embedded(texts.size());
        }
        Batch.Builder batch = Batch.builder();
        List<Map.Entry<String, Outcome>> outcomes = new ArrayList<>();
        int next = 0;
        for (Parsed p : group) {
            for (int i = 0; i < p.chunks.size(); i++) {
                batch.upsert(record(p, i, embedded.vectors().get(next++)));
            }
            for (int i = p.chunks.size(); i < p.before; i++) {
                batch.delete(id(p.path, i));
            }
            outcomes.add(Map.entry(p.path, outcome(p)));
        }
        return new Ready(batch.build(), outcomes);
    }

    private static Outcome outcome(Parsed p) {
        if (p.settled != null) {
            return p.settled;
        }
        return p.before == 0 ? new Outcome.Added(p.chunks.size()) : new Outcome.Changed(p.chunks.size(), p.before);
    }

    private Record record(Parsed p, int position, float[] vector) {
        Chunk c = p.chunks.get(position);
        Map<String, Object> attributes = new LinkedHashMap<>();
        attributes.put(SOURCE, p.path);
        attributes.put(ORIGIN, origin);
        if (!p.title.isEmpty()) {
            attributes.put(TITLE, shorten(p.title));
        }
        if (!c.headings().isEmpty()) {
            attributes.put(SECTION, shorten(String.join(" > ", c.headings())));
        }
        if (c.page() > 0) {
            attributes.put(PAGE, (long) c.page());
        }
        attributes.put(POSITION, (long) position);
        attributes.put(PASSAGES, (long) p.chunks.size());
        attributes.put(CONTENT_HASH, p.contentHash);
        return new Record(id(p.path, position), vector, c.text(), attributes);
    }

    private static String shorten(String name) {
        if (name.codePointCount(0, name.length()) <= LONGEST_NAME) {
            return name;
        }
        return name.substring(0, name.offsetByCodePoints(0, LONGEST_NAME)) + "…";
    }

    private String id(String path, int position) {
        String id = originId + "/" + path + "#" + position;
        return id.getBytes(StandardCharsets.UTF_8).length <= Record.MAX_ID_BYTES
                ? id
                : originId + "/" + hash(path.getBytes(StandardCharsets.UTF_8)) + "#" + position;
    }

    /** Commits one batch while the next is embedded. */
    @SuppressWarnings("try") // It is closed where interruption is dealt with.
    private final class Committer implements AutoCloseable {
        private final Listener listener;
        private FutureTask<Void> running;

        Committer(Listener listener) {
            this.listener = listener;
        }

        void commit(Ready ready) throws InterruptedException {
            await();
            running = new FutureTask<>(() -> {
                if (!ready.batch.isEmpty()) {
                    collection.apply(ready.batch);
                }
                synchronized (listener) {
                    ready.outcomes.forEach(o -> listener.finished(o.getKey(), o.getValue()));
                }
                collection.maintain();
                return null;
            });
            Thread.ofPlatform().daemon().name("commit").start(running);
        }

        private void await() throws InterruptedException {
            if (running == null) {
                return;
            }
            try {
                running.get();
            } catch (java.util.concurrent.ExecutionException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new IllegalStateException(e.getCause());
            } finally {
                running = null;
            }
        }

        @Override
        public void close() throws InterruptedException {
            await();
        }
    }

    /** Removes the documents of this origin that are not among {@code paths}. */
    public void prune(Set<String> paths, Listener listener) {
        Map<String, List<String>> gone = new LinkedHashMap<>();
        String prefix = originId + "/";
        String after = "";
        List<Record> page;
        do {
            page = collection.list(prefix, after, LIST_PAGE, Consistency.STRONG).records();
            for (Record r : page) {
                if (r.attributes().get(SOURCE) instanceof String source
                        && origin.equals(r.attributes().get(ORIGIN))
                        && !paths.contains(source)) {
                    gone.computeIfAbsent(source, _ -> new ArrayList<>()).add(r.id());
                }
                after = r.id();
            }
        } while (page.size() == LIST_PAGE);
        gone.forEach((source, ids) -> {
            Batch.Builder batch = Batch.builder();
            new HashSet<>(ids).forEach(batch::delete);
            collection.apply(batch.build());
            listener.finished(source, new Outcome.Removed(ids.size()));
        });
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every JDK has SHA-256", e);
        }
    }
}
