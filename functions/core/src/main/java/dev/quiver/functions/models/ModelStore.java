package dev.quiver.functions.models;

import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.index.Database;
import dev.quiver.index.log.Ulid;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Blob;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.ObjectStore.Precondition;
import dev.quiver.index.store.ObjectStore.PutResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The models that lie in the store, beside the collections.
 *
 * <pre>
 * _models/&lt;name&gt;/model.json       what it is, and where its files lie; written last
 * _models/&lt;name&gt;/&lt;ulid&gt;/&lt;file&gt;    its files, never changed
 * </pre>
 *
 * No collection's name begins with an underscore. Every adding has a folder of its own, so a model that is replaced never has files of both. Outside, a model is {@code name@version}: the version stands for all that its vectors depend
 * on, and a collection that was made with one never gets vectors of another. An embedder of a version is made once and kept; it loads its files at its first text.
 */
public final class ModelStore implements EmbeddingModels.Shelf {
    private static final String FOLDER = "_models/";
    private static final Pattern MODEL = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
    private static final Pattern REFERENCE = Pattern.compile("([a-z0-9][a-z0-9._-]{0,62})(?:@([0-9a-f]{12}))?");
    private static final int PIECE = 8 << 20;
    private static final String PROBE = "How do I restore a collection?";

    private final ObjectStore store;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, TextEmbedder> embedders = new ConcurrentHashMap<>();

    public ModelStore(ObjectStore store) {
        this.store = store;
    }

    /**
     * A model in the store.
     *
     * @param reference the name with the version, which collections record
     * @param family text-onnx or words
     * @param bytes of all files
     * @param json its {@code model.json}
     */
    public record Stored(
            String name,
            String reference,
            String family,
            int dimension,
            long bytes,
            String licence,
            String source,
            String json) {}

    private record Found(ModelFile file, String etag) {}

    /** Their names, in order. */
    @Override
    public List<String> names() {
        return store.folders(FOLDER).stream()
                .filter(n -> MODEL.matcher(n).matches() && read(n).isPresent())
                .toList();
    }

    public Optional<Stored> describe(String name) {
        return read(name).map(f -> stored(name, f.file));
    }

    /**
     * The model of a name, as it is now, or of a name with a version.
     *
     * @throws ProblemException if the model that has the name has another version
     */
    @Override
    public Optional<TextEmbedder> find(String reference, EmbeddingModels all) {
        var parts = REFERENCE.matcher(reference);
        if (!parts.matches()) {
            return Optional.empty();
        }
        // A version does not change, so one that is here needs no look into the store.
        if (parts.group(2) != null && embedders.containsKey(reference)) {
            return Optional.of(embedders.get(reference));
        }
        String name = parts.group(1);
        Optional<Found> found = read(name);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        ModelFile file = found.get().file;
        if (parts.group(2) != null && !parts.group(2).equals(file.version())) {
            throw new ProblemException(
                    Kind.MODEL_MISMATCH,
                    "The model '" + name + "' was replaced: the store has the version " + file.version() + ", not "
                            + parts.group(2)
                            + ". Their vectors cannot be compared. Add the earlier one again, or put the records into a new collection with the model '"
                            + name + "'. Queries that bring vectors still work.");
        }
        String exact = reference(name, file);
        TextEmbedder known = embedders.get(exact);
        if (known == null) {
            // Not within computeIfAbsent: it may have to find its base here.
            TextEmbedder opened = file.family().open(exact, file, files(name, file), base(exact, all));
            known = embedders.putIfAbsent(exact, opened);
            known = known == null ? opened : known;
        }
        return Optional.of(known);
    }

    private static Family.Bases base(String model, EmbeddingModels all) {
        return reference -> all.find(reference)
                .orElseThrow(() -> new ProblemException(
                        Kind.MODEL_NOT_FOUND,
                        "The model '" + model + "' maps the vectors of '" + reference
                                + "', which is not there. Add that one, or name another as 'base' in model.json."));
    }

    /**
     * Puts the model of a folder into the store, once it has embedded a text.
     *
     * @param folder with the files and {@code model.json}
     * @param replace whether another model of the name gives way
     * @param all where it finds the model that it builds on
     * @throws IllegalArgumentException if the name, the description or a file is not as it should be
     * @throws ProblemException if the model cannot be loaded, or does not do what its description says
     */
    public Stored add(String name, Path folder, boolean replace, EmbeddingModels all) throws IOException {
        if (!MODEL.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "The model's name is '" + name
                            + "'; it must have 1 to 63 lower-case letters, digits, '.', '_' and '-', and begin with a letter or digit.");
        }
        Path description = folder.resolve(ModelFile.NAME);
        if (!Files.isRegularFile(description)) {
            throw new IllegalArgumentException("There is no " + description
                    + ". Write one, or say what the model is: --onnx FILE --tokenizer FILE --dimension N.");
        }
        ModelFile file = ModelFile.parse(description.toString(), Files.readAllBytes(description));
        for (ModelFile.Entry e : file.files()) {
            verify(folder, e);
        }
        Optional<Found> before = read(name);
        if (before.isPresent() && !replace) {
            throw new IllegalArgumentException("There is a model '" + name + "' already (version "
                    + before.get().file.version() + "). Choose another name, or replace it: --replace.");
        }
        String on = file.base() == null ? null : base(name, all).of(file.base()).model();
        probe(name, file, folder, all);
        ModelFile stored = file.in(Ulid.next(System.currentTimeMillis(), random), on);
        for (ModelFile.Entry e : stored.files()) {
            store.putUnique(key(name, stored, e), Content.of(folder.resolve(e.name())));
        }
        Precondition condition =
                before.isPresent() ? new Precondition.IfMatch(before.get().etag) : new Precondition.IfAbsent();
        PutResult result = store.put(description(name), Content.of(stored.write()), condition);
        if (result instanceof PutResult.Refused
                && !read(name).map(f -> f.file.folder().equals(stored.folder())).orElse(false)) {
            delete(name, stored);
            throw new IllegalArgumentException(
                    "Somebody else added a model '" + name + "' just now. Look at it, and try again: --replace.");
        }
        before.ifPresent(f -> delete(name, f.file));
        return stored(name, stored);
    }

    /**
     * Takes a model out of the store. Collections that were made with it stay, but take and search no texts until it is there again.
     *
     * @return false if there is none
     */
    public boolean remove(String name) {
        Optional<Found> found = read(name);
        found.ifPresent(f -> {
            store.delete(description(name));
            delete(name, f.file);
        });
        return found.isPresent();
    }

    /** The collections that were made with a model of this name, in whatever version. */
    public static List<String> usedBy(Database database, String name) {
        return database.names().stream()
                .filter(c -> {
                    String model = database.collection(c).schema().model();
                    return model != null && model.startsWith(name + "@");
                })
                .toList();
    }

    /** The adapters in the store that map vectors of a model of this name, in whatever version. */
    public List<String> adaptersOn(String name) {
        return names().stream()
                .filter(n -> read(n).map(f -> f.file.base())
                        .filter(b -> b.startsWith(name + "@"))
                        .isPresent())
                .toList();
    }

    @Override
    public void close() {
        embedders.values().forEach(TextEmbedder::close);
        embedders.clear();
    }

    private void delete(String name, ModelFile file) {
        for (Listed l : store.list(FOLDER + name + "/" + file.folder() + "/", "")) {
            store.delete(l.key());
        }
    }

    private static void verify(Path folder, ModelFile.Entry e) throws IOException {
        Path path = folder.resolve(e.name());
        if (!Files.isRegularFile(path)) {
            throw new IllegalArgumentException("There is no file " + path + ", which " + ModelFile.NAME
                    + " lists in 'files'. Put it there, or take it out of the list.");
        }
        if (Files.size(path) != e.bytes()) {
            throw new IllegalArgumentException(path + " has " + Files.size(path) + " bytes, " + ModelFile.NAME
                    + " says " + e.bytes() + ". Fetch it again, or correct 'files'.");
        }
        if (!Sha256.of(path).equals(e.sha256())) {
            throw new IllegalArgumentException(path + " has another SHA-256 than " + ModelFile.NAME
                    + " says. Fetch it again, or correct 'files'.");
        }
    }

    /** A short text and one that fills a part of the window: what does not fit shows with either. */
    private static void probe(String name, ModelFile file, Path folder, EmbeddingModels all) {
        try (TextEmbedder embedder = file.family().open(name, file, ModelFiles.in(folder), base(name, all))) {
            // A model of words may know none of these, and is loaded all the same.
            List<float[]> vectors = new ArrayList<>();
            for (Purpose purpose : Purpose.values()) {
                vectors.addAll(
                        embedder.embed(List.of(PROBE, PROBE.repeat(3)), purpose).vectors());
            }
            for (float[] v : vectors) {
                for (float x : v) {
                    if (!Float.isFinite(x)) {
                        throw new IllegalArgumentException(
                                "The model '" + name
                                        + "' was tried with a text, and its vector has components that are no finite numbers. Export it anew.");
                    }
                }
            }
        } catch (dev.quiver.functions.embedding.UnknownTextException e) {
            // Loaded, and of the right dimension: it is about other words.
        }
    }

    private Optional<Found> read(String name) {
        if (!MODEL.matcher(name).matches()) {
            return Optional.empty();
        }
        String key = description(name);
        Optional<Blob> blob = store.get(key);
        if (blob.isEmpty()) {
            return Optional.empty();
        }
        ModelFile file = ModelFile.parse(key, blob.get().bytes());
        if (file.folder() == null) {
            throw new CorruptDataException(
                    key
                            + " does not say where the model's files lie: it was not written by './quiver models add'. Delete it and add the model.");
        }
        return Optional.of(new Found(file, blob.get().etag()));
    }

    /** Brings the files into a folder that is deleted once they are read. */
    private ModelFiles files(String name, ModelFile file) {
        return new ModelFiles() {
            @Override
            public <T> T use(Reading<T> reading) throws IOException, ai.onnxruntime.OrtException {
                // The same may have been added again meanwhile, and lie elsewhere.
                ModelFile now = read(name)
                        .map(Found::file)
                        .filter(f -> f.version().equals(file.version()))
                        .orElse(file);
                Path folder = Files.createTempDirectory("quiver-model-");
                try {
                    for (ModelFile.Entry e : file.files()) {
                        fetch(name, now, e, folder.resolve(e.name()));
                    }
                    return reading.from(folder);
                } finally {
                    for (ModelFile.Entry e : file.files()) {
                        Files.deleteIfExists(folder.resolve(e.name()));
                    }
                    Files.deleteIfExists(folder);
                }
            }
        };
    }

    private void fetch(String name, ModelFile file, ModelFile.Entry e, Path target) throws IOException {
        String key = key(name, file, e);
        MessageDigest digest = Sha256.digest();
        List<Listed> there = store.list(key, "");
        if (there.isEmpty() || there.getFirst().size() != e.bytes()) {
            throw new CorruptDataException("The model '" + name + "' is not whole: " + key + " should have " + e.bytes()
                    + " bytes and "
                    + (there.isEmpty()
                            ? "is not there"
                            : "has " + there.getFirst().size())
                    + ". Add the model again: ./quiver models add " + name + " FOLDER --replace.");
        }
        try (FileChannel out = FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                Arena arena = Arena.ofConfined()) {
            MemorySegment piece = arena.allocate(Math.min(PIECE, e.bytes()));
            for (long at = 0; at < e.bytes(); ) {
                MemorySegment part = piece.asSlice(0, Math.min(piece.byteSize(), e.bytes() - at));
                store.read(key, at, part);
                digest.update(part.asByteBuffer());
                for (var rest = part.asByteBuffer(); rest.hasRemaining(); ) {
                    out.write(rest);
                }
                at += part.byteSize();
            }
        }
        if (!HexFormat.of().formatHex(digest.digest()).equals(e.sha256())) {
            throw new CorruptDataException("The model '" + name + "' is damaged: " + key
                    + " has not the SHA-256 that its model.json says. Add the model again: ./quiver models add " + name
                    + " FOLDER --replace.");
        }
    }

    private static String description(String name) {
        return FOLDER + name + "/" + ModelFile.NAME;
    }

    private static String key(String name, ModelFile file, ModelFile.Entry e) {
        return FOLDER + name + "/" + file.folder() + "/" + e.name();
    }

    private static String reference(String name, ModelFile file) {
        return name + "@" + file.version();
    }

    private static Stored stored(String name, ModelFile file) {
        return new Stored(
                name,
                reference(name, file),
                file.family().toString(),
                file.dimension(),
                file.files().stream().mapToLong(ModelFile.Entry::bytes).sum(),
                file.licence(),
                file.source(),
                new String(file.write(), java.nio.charset.StandardCharsets.UTF_8));
    }

    /**
     * Writes the {@code model.json} of an ONNX file into a folder.
     *
     * @param settings of {@code model.json} by name; null values are left out
     */
    public static void describe(Path folder, List<String> files, Map<String, Object> settings) {
        try {
            var tree = new com.fasterxml.jackson.databind.ObjectMapper().createObjectNode();
            tree.put("format", ModelFile.FORMAT);
            settings.forEach((name, value) -> {
                switch (value) {
                    case null -> {}
                    case Integer i -> tree.put(name, i);
                    case Double d -> tree.put(name, d);
                    case Boolean b -> tree.put(name, b);
                    default -> tree.put(name, value.toString());
                }
            });
            var list = tree.putArray("files");
            for (String f : files) {
                list.addObject()
                        .put("name", f)
                        .put("bytes", Files.size(folder.resolve(f)))
                        .put("sha256", Sha256.of(folder.resolve(f)));
            }
            Files.writeString(folder.resolve(ModelFile.NAME), tree.toPrettyString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
