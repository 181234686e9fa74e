package dev.quiver.functions.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quiver.embeddings.adapters.Adapter;
import dev.quiver.embeddings.adapters.Sides;
import dev.quiver.functions.Json;
import dev.quiver.functions.embedding.OnnxTextEmbedder.Pooling;
import dev.quiver.functions.embedding.OnnxTextEmbedder.Spec;
import dev.quiver.index.vector.Vectors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a model is: its {@code model.json}. Read strictly, since a setting that is misspelt gives vectors that are wrong and look right.
 *
 * <pre>
 * format          {@value #FORMAT}; if it is missing, {@value #FORMAT}, as {@code ./quiver train} leaves it out
 * family          text-onnx, words (also word2vec, fasttext) or adapter
 * dimension       components of a vector; of text-onnx also fewer than the model gives, if it was trained so (Matryoshka)
 * model           text-onnx: the ONNX file; model.onnx
 * tokenizer       text-onnx: its file; tokenizer.json
 * output          text-onnx: the name of the tensor that is read; the first
 * pooling         text-onnx: mean, cls, max, or none if the output is the text's vector; mean
 * queryPrefix     text-onnx: put before a query; nothing
 * documentPrefix  text-onnx: put before a document; nothing
 * window          text-onnx: the longest input in tokens, marks included; 512
 * longTexts       text-onnx: cut: of a longer one only the beginning is embedded, and the answer says so; mean: the mean of the vectors of its windows; cut
 * overlap         text-onnx: the tokens that two windows share; an eighth of the window
 * vectors         words: the file; model.bin or vectors.vec, whichever there is
 * base            adapter: the model whose vectors it maps, with its version once it is in a store; settings.base
 * sides           adapter: queries, documents or both; settings.sides
 * normalise       text-onnx, words: whether vectors get the length 1; true
 * relevance       texts with a smaller similarity are as a rule not about the same thing, -1 to 1; 0.3, of an adapter what its base has
 * licence, source of the model; for people
 * settings, statistics  of a training; for people
 * files           each with name, bytes and sha256
 * folder          written by the store: where the files lie
 * </pre>
 *
 * @param folder null before the model is in a store
 */
record ModelFile(
        Family family,
        int dimension,
        String model,
        String tokenizer,
        String output,
        Pooling pooling,
        String queryPrefix,
        String documentPrefix,
        int window,
        int overlap,
        String vectors,
        String base,
        Sides sides,
        boolean normalise,
        Double relevance,
        String licence,
        String source,
        JsonNode settings,
        JsonNode statistics,
        List<Entry> files,
        String folder) {

    static final int FORMAT = 1;

    /** The name of the description, in a folder and in a store. */
    static final String NAME = "model.json";

    private static final Pattern FILE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern ULID = Pattern.compile("[0-9A-Za-z]{26}");
    private static final Set<String> ONNX_ONLY = Set.of(
            "model",
            "tokenizer",
            "output",
            "pooling",
            "queryPrefix",
            "documentPrefix",
            "window",
            "longTexts",
            "overlap",
            "normalise");
    private static final Set<String> WORDS_ONLY = Set.of("vectors", "normalise");
    private static final Set<String> ADAPTER_ONLY = Set.of("base", "sides");
    private static final Set<String> FIELDS = Set.of(
            "format",
            "family",
            "dimension",
            "relevance",
            "licence",
            "source",
            "settings",
            "statistics",
            "files",
            "folder");
    private static final ObjectMapper JSON = Json.strictMapper();
    private static final int LONGEST_WINDOW = 1 << 20;

    /** A file of the model. */
    record Entry(String name, long bytes, String sha256) {}

    /**
     * @param where names the document in messages
     * @throws InvalidModelFileException if something in it is not as it should be
     */
    static ModelFile parse(String where, byte[] json) {
        JsonNode tree;
        try {
            tree = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new InvalidModelFileException(where + " is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new InvalidModelFileException(where + " could not be read: " + e.getMessage(), e);
        }
        if (!(tree instanceof ObjectNode object)) {
            throw new InvalidModelFileException(where + " is no JSON object. Write {\"family\": …}.");
        }
        return new Reader(where, object).read();
    }

    byte[] write() {
        ObjectNode o = identity();
        o.put("format", FORMAT);
        o.put("relevance", relevance);
        o.put("licence", licence);
        o.put("source", source);
        o.set("settings", settings);
        o.set("statistics", statistics);
        o.put("folder", folder);
        // What nobody said stays unsaid.
        o.properties().removeIf(e -> e.getValue().isNull());
        return o.toPrettyString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Stands for everything that the vectors depend on: two models with one version give the same vectors. 12 hexadecimal digits of a SHA-256.
     */
    String version() {
        byte[] all = identity().toString().getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(Sha256.digest().digest(all)).substring(0, 12);
    }

    private ObjectNode identity() {
        ObjectNode o = JSON.createObjectNode();
        o.put("family", family.toString());
        o.put("dimension", dimension);
        switch (family) {
            case TEXT_ONNX -> {
                o.put("model", model);
                o.put("tokenizer", tokenizer);
                if (output != null) {
                    o.put("output", output);
                }
                o.put("pooling", pooling.name().toLowerCase(Locale.ROOT));
                o.put("queryPrefix", queryPrefix);
                o.put("documentPrefix", documentPrefix);
                o.put("window", window);
                if (overlap != Spec.CUT) {
                    o.put("longTexts", "mean").put("overlap", overlap);
                }
            }
            case WORDS -> o.put("vectors", vectors);
            case ADAPTER -> o.put("base", base).put("sides", sides.toString());
        }
        if (family != Family.ADAPTER) {
            o.put("normalise", normalise);
        }
        ArrayNode list = o.putArray("files");
        for (Entry e : files) {
            list.addObject().put("name", e.name).put("bytes", e.bytes).put("sha256", e.sha256);
        }
        return o;
    }

    /**
     * As it lies in a store.
     *
     * @param on the base with its version; null if there is none
     */
    ModelFile in(String where, String on) {
        return new ModelFile(
                family,
                dimension,
                model,
                tokenizer,
                output,
                pooling,
                queryPrefix,
                documentPrefix,
                window,
                overlap,
                vectors,
                on,
                sides,
                normalise,
                relevance,
                licence,
                source,
                settings,
                statistics,
                files,
                where);
    }

    /** Reads field after field and stops at the first that is wrong. */
    private static final class Reader {
        private final String where;
        private final ObjectNode tree;

        Reader(String where, ObjectNode tree) {
            this.where = where;
            this.tree = tree;
        }

        ModelFile read() {
            // Before anything else: what a newer one says may be unknown here.
            int format = integer("format", FORMAT, 1, Integer.MAX_VALUE);
            if (format > FORMAT) {
                throw new InvalidModelFileException(where + " has the format " + format + ", this Quiver reads up to "
                        + FORMAT + ". Update Quiver.");
            }
            String name = string("family", null);
            if (name == null) {
                throw wrong("family", "is missing; give text-onnx, words or adapter");
            }
            Family family = Family.of(name)
                    .orElseThrow(() -> wrong("family", "is '" + name + "', which " + Family.advice(name)));
            for (Iterator<String> i = tree.fieldNames(); i.hasNext(); ) {
                String field = i.next();
                Set<String> own =
                        switch (family) {
                            case TEXT_ONNX -> ONNX_ONLY;
                            case WORDS -> WORDS_ONLY;
                            case ADAPTER -> ADAPTER_ONLY;
                        };
                if (!FIELDS.contains(field) && !own.contains(field)) {
                    throw wrong(field, "is no field of the family " + family + "; remove it");
                }
            }
            if (!tree.hasNonNull("dimension")) {
                throw wrong("dimension", "is missing; give the number of components of a vector");
            }
            int dimension = integer("dimension", 0, 1, Vectors.MAX_DIMENSION);
            List<Entry> files = files();
            String model = null;
            String tokenizer = null;
            String vectors = null;
            String base = null;
            Sides sides = null;
            switch (family) {
                case TEXT_ONNX -> {
                    model = file("model", "model.onnx", files);
                    tokenizer = file("tokenizer", "tokenizer.json", files);
                }
                case WORDS -> {
                    boolean whole = files.stream().anyMatch(f -> f.name.equals("model.bin"));
                    vectors = file("vectors", whole ? "model.bin" : "vectors.vec", files);
                    String only = vectors;
                    files = files.stream().filter(f -> f.name.equals(only)).toList();
                }
                case ADAPTER -> {
                    if (files.size() != 1 || !files.getFirst().name.equals(Adapter.WEIGHTS)) {
                        throw wrong("files", "must be " + Adapter.WEIGHTS + " alone");
                    }
                    base = ofTraining("base", "the name of the model whose vectors it maps");
                    String given = ofTraining("sides", "queries, documents or both");
                    sides = Sides.of(given)
                            .orElseThrow(
                                    () -> wrong("sides", "is '" + given + "', it must be queries, documents or both"));
                }
            }
            int window = integer("window", 512, 3, LONGEST_WINDOW);
            return new ModelFile(
                    family,
                    dimension,
                    model,
                    tokenizer,
                    string("output", null),
                    pooling(),
                    string("queryPrefix", ""),
                    string("documentPrefix", ""),
                    window,
                    overlap(window),
                    vectors,
                    base,
                    sides,
                    normalise(),
                    relevance(family == Family.ADAPTER ? null : 0.3),
                    string("licence", null),
                    string("source", null),
                    object("settings"),
                    object("statistics"),
                    files,
                    folder());
        }

        private InvalidModelFileException wrong(String field, String what) {
            return new InvalidModelFileException(where + ": '" + field + "' " + what + ".");
        }

        private String string(String field, String otherwise) {
            JsonNode n = tree.get(field);
            if (n == null || n.isNull()) {
                return otherwise;
            }
            if (!n.isTextual()) {
                throw wrong(field, "must be a string");
            }
            return n.textValue();
        }

        private int integer(String field, int otherwise, int least, int most) {
            JsonNode n = tree.get(field);
            if (n == null || n.isNull()) {
                return otherwise;
            }
            if (!n.isIntegralNumber() || !n.canConvertToInt() || n.intValue() < least || n.intValue() > most) {
                throw wrong(field, "is " + n + ", it must be an integer from " + least + " to " + most);
            }
            return n.intValue();
        }

        private int overlap(int window) {
            String longTexts = string("longTexts", "cut");
            if (!longTexts.equals("cut") && !longTexts.equals("mean")) {
                throw wrong("longTexts", "is '" + longTexts + "', it must be cut or mean");
            }
            if (longTexts.equals("cut") && tree.hasNonNull("overlap")) {
                throw wrong("overlap", "is of windows, and longTexts is cut; make that mean, or remove it");
            }
            return longTexts.equals("cut") ? Spec.CUT : integer("overlap", window / 8, 0, window - 3);
        }

        private boolean normalise() {
            JsonNode n = tree.get("normalise");
            if (n != null && !n.isNull() && !n.isBoolean()) {
                throw wrong("normalise", "must be true or false");
            }
            return n == null || n.isNull() || n.booleanValue();
        }

        /** A training writes it among its settings. */
        private String ofTraining(String field, String what) {
            JsonNode learned = tree.path("settings").path(field);
            String value = string(field, learned.textValue());
            if (value == null) {
                throw wrong(field, "is missing; give " + what);
            }
            return value;
        }

        private Double relevance(Double otherwise) {
            JsonNode n = tree.get("relevance");
            if (n == null || n.isNull()) {
                return otherwise;
            }
            if (!n.isNumber() || !(n.doubleValue() >= -1 && n.doubleValue() <= 1)) {
                throw wrong("relevance", "is " + n + ", it must be a number from -1 to 1");
            }
            return n.doubleValue();
        }

        private Pooling pooling() {
            String name = string("pooling", "mean");
            for (Pooling p : Pooling.values()) {
                if (p.name().toLowerCase(Locale.ROOT).equals(name)) {
                    return p;
                }
            }
            throw wrong("pooling", "is '" + name + "', it must be mean, cls, max or none");
        }

        private JsonNode object(String field) {
            JsonNode n = tree.get(field);
            if (n == null || n.isNull()) {
                return null;
            }
            if (!n.isObject()) {
                throw wrong(field, "must be an object");
            }
            return n;
        }

        private String folder() {
            String folder = string("folder", null);
            if (folder != null && !ULID.matcher(folder).matches()) {
                throw wrong("folder", "is not one that a store made; remove it");
            }
            return folder;
        }

        private String file(String field, String otherwise, List<Entry> files) {
            String name = string(field, otherwise);
            if (files.stream().noneMatch(f -> f.name.equals(name))) {
                throw wrong(field, "names the file '" + name + "', which is not in 'files'; add it, or name another");
            }
            return name;
        }

        private List<Entry> files() {
            JsonNode n = tree.get("files");
            if (n == null || !n.isArray() || n.isEmpty()) {
                throw wrong("files", "must list the model's files, each with name, bytes and sha256");
            }
            List<Entry> files = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (int i = 0; i < n.size(); i++) {
                JsonNode f = n.get(i);
                String at = "files/" + i;
                if (!f.isObject() || f.size() != 3) {
                    throw wrong(at, "must have name, bytes and sha256 and nothing else");
                }
                String name = f.path("name").textValue();
                JsonNode bytes = f.path("bytes");
                String sha256 = f.path("sha256").textValue();
                if (name == null || !FILE.matcher(name).matches() || name.equals(NAME)) {
                    throw wrong(
                            at + "/name",
                            "must be a file's name of 1 to 128 letters, digits, '.', '_' and '-', beginning with a letter or digit, and not "
                                    + NAME);
                }
                if (!bytes.isIntegralNumber() || !bytes.canConvertToLong() || bytes.longValue() < 1) {
                    throw wrong(at + "/bytes", "must be the file's size, at least 1");
                }
                if (sha256 == null || !SHA256.matcher(sha256).matches()) {
                    throw wrong(at + "/sha256", "must be the file's SHA-256 as 64 hexadecimal digits in lower case");
                }
                if (!names.add(name)) {
                    throw wrong(at + "/name", "'" + name + "' is there twice; remove one");
                }
                files.add(new Entry(name, bytes.longValue(), sha256));
            }
            return List.copyOf(files);
        }
    }
}
