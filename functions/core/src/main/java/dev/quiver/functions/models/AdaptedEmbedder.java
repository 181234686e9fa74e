package dev.quiver.functions.models;

import ai.onnxruntime.OrtException;
import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.adapters.Adapter;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/** A model with an {@link Adapter} behind it: queries, documents or both are mapped. The adapter is loaded at the first text that it maps; the base belongs to others, who close it. */
final class AdaptedEmbedder implements TextEmbedder {
    private final String name;
    private final ModelFile file;
    private final ModelFiles files;
    private final TextEmbedder base;
    private volatile Adapter loaded;

    /** @throws ProblemException if the base is an adapter itself, or of another dimension */
    AdaptedEmbedder(String name, ModelFile file, ModelFiles files, TextEmbedder base) {
        if (base instanceof AdaptedEmbedder) {
            throw unusable(
                    name,
                    "its base '" + file.base()
                            + "' is an adapter itself. Train one on the model that this one is on, with the pairs of both",
                    null);
        }
        if (base.dimension() != file.dimension()) {
            throw unusable(
                    name,
                    "it maps vectors of " + file.dimension() + " components, but its base '" + file.base()
                            + "' makes some of " + base.dimension() + ". Name the model that it was trained on",
                    null);
        }
        this.name = name;
        this.file = file;
        this.files = files;
        this.base = base;
    }

    private static ProblemException unusable(String name, String why, Throwable cause) {
        return new ProblemException(Kind.INTERNAL, "The model " + name + " could not be loaded: " + why + ".", cause);
    }

    @Override
    public String model() {
        return name;
    }

    @Override
    public int dimension() {
        return file.dimension();
    }

    @Override
    public Optional<TextEmbedder> base() {
        return Optional.of(base);
    }

    @Override
    public OptionalInt window() {
        return base.window();
    }

    @Override
    public int countTokens(String text) {
        return base.countTokens(text);
    }

    @Override
    public double relevance() {
        return file.relevance() == null ? base.relevance() : file.relevance();
    }

    @Override
    public Embedded embed(List<String> texts, Purpose purpose) {
        Embedded embedded = base.embed(texts, purpose);
        boolean mapped =
                purpose == Purpose.QUERY ? file.sides().queries() : file.sides().documents();
        if (!mapped) {
            return embedded;
        }
        Adapter adapter = load();
        UnaryOperator<float[]> map = purpose == Purpose.QUERY ? adapter::query : adapter::document;
        return new Embedded(embedded.vectors().stream().map(map).toList(), embedded.truncations(), embedded.tokens());
    }

    private Adapter load() {
        Adapter adapter = loaded;
        if (adapter == null) {
            synchronized (this) {
                if (loaded == null) {
                    loaded = loadNow();
                }
                adapter = loaded;
            }
        }
        return adapter;
    }

    private Adapter loadNow() {
        try {
            return files.use(folder ->
                    Adapter.read(folder.resolve(Adapter.WEIGHTS), file.base(), file.sides(), file.dimension()));
        } catch (InvalidModelException | OrtException | IOException e) {
            throw unusable(name, e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        loaded = null;
    }
}
