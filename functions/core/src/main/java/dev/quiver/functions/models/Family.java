package dev.quiver.functions.models;

import dev.quiver.functions.embedding.OnnxModel;
import dev.quiver.functions.embedding.OnnxTextEmbedder;
import dev.quiver.functions.embedding.OnnxTextEmbedder.Spec;
import dev.quiver.functions.embedding.TextEmbedder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The kinds of model that a {@code model.json} may describe, and how one of each is opened. */
enum Family {
    /** An encoder of texts as an ONNX file, with its {@code tokenizer.json}. */
    TEXT_ONNX("text-onnx") {
        @Override
        TextEmbedder open(String name, ModelFile file, ModelFiles files, Bases bases) {
            Spec spec = new Spec(
                    name,
                    () -> files.use(folder ->
                            OnnxModel.ofFiles(folder.resolve(file.model()), folder.resolve(file.tokenizer()))),
                    file.dimension(),
                    file.window(),
                    file.overlap(),
                    file.output(),
                    file.pooling(),
                    file.normalise(),
                    file.queryPrefix(),
                    file.documentPrefix(),
                    file.relevance());
            return new OnnxTextEmbedder(spec, Runtime.getRuntime().availableProcessors());
        }
    },
    /** Vectors of words: word2vec, GloVe or fastText. The last two names are those that {@code ./quiver train} writes. */
    WORDS("words", "word2vec", "fasttext") {
        @Override
        TextEmbedder open(String name, ModelFile file, ModelFiles files, Bases bases) {
            return new WordsEmbedder(name, file, files);
        }
    },
    /** A linear map behind another model. */
    ADAPTER("adapter") {
        @Override
        TextEmbedder open(String name, ModelFile file, ModelFiles files, Bases bases) {
            return new AdaptedEmbedder(name, file, files, bases.of(file.base()));
        }
    };

    /** Trained here, but not made of texts, or of texts only while they train. */
    private static final Set<String> NOT_OF_TEXT = Set.of("doc2vec", "deepwalk", "node2vec", "graphsage", "item2vec");

    private final List<String> names;

    Family(String... names) {
        this.names = List.of(names);
    }

    /** Finds the model that another one builds on. */
    interface Bases {
        TextEmbedder of(String reference);
    }

    /** @return an embedder that loads the model at its first text */
    abstract TextEmbedder open(String name, ModelFile file, ModelFiles files, Bases bases);

    static Optional<Family> of(String name) {
        return Arrays.stream(values()).filter(f -> f.names.contains(name)).findFirst();
    }

    /** What to do with a model of a family that is none of these. */
    static String advice(String name) {
        return NOT_OF_TEXT.contains(name)
                ? "embeds no texts; make a collection of its vectors: ./quiver import COLLECTION FILE --format word2vec"
                : "is none of "
                        + String.join(
                                ", ",
                                Arrays.stream(values())
                                        .flatMap(f -> f.names.stream())
                                        .toList());
    }

    @Override
    public String toString() {
        return names.getFirst();
    }
}
