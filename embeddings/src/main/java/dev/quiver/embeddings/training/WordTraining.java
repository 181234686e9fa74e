package dev.quiver.embeddings.training;

import dev.quiver.embeddings.Matrix;
import dev.quiver.embeddings.words.FastTextModel;
import dev.quiver.embeddings.words.Vocabulary;
import dev.quiver.embeddings.words.WordVectorFormat;
import dev.quiver.embeddings.words.WordVectorWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** word2vec and fastText: a text becomes {@code vectors.vec} and {@code model.bin}, which fastText reads, too. */
public final class WordTraining {
    /** Vectors of the vocabulary, as text. */
    public static final String VECTORS = "vectors.vec";

    /** All of it, in fastText's format. */
    public static final String MODEL = "model.bin";

    private WordTraining() {}

    public static FastTextModel train(List<Path> corpus, TrainingSettings settings, TrainingOutput output)
            throws IOException, InterruptedException {
        TextCorpus text = TextCorpus.read(corpus, TextCorpus.Lines.TEXT, settings.minCount(), output.folder());
        Trainer trainer =
                new Trainer(text.vocabulary(), text.sentences(), settings, 0, output.checkpoints(), output.listener());
        trainer.train();
        FastTextModel model = model(text.vocabulary(), settings, trainer);
        Path folder = output.folder();
        model.write(folder.resolve(MODEL));
        WordVectorWriter.write(
                folder.resolve(VECTORS),
                WordVectorFormat.WORD2VEC_TEXT,
                text.vocabulary().size(),
                settings.dim(),
                text.vocabulary()::word,
                model::vector);
        Map<String, Object> statistics = new LinkedHashMap<>();
        statistics.put("words", text.vocabulary().size());
        statistics.put("tokens", text.sentences().tokens());
        statistics.put("rareWordsForgotten", text.pruned());
        output.finish(settings.maxn() == 0 ? "word2vec" : "fasttext", settings, statistics, List.of(MODEL, VECTORS));
        return model;
    }

    /** Words and output of a training, without the rows of documents. */
    public static FastTextModel model(Vocabulary words, TrainingSettings s, Trainer trainer) {
        Matrix input = trainer.input().first(words.size() + s.subwords().buckets());
        return new FastTextModel(arguments(s), words, input, trainer.output());
    }

    /** The settings as fastText writes them down. */
    static FastTextModel.Arguments arguments(TrainingSettings s) {
        int negativeSampling = 2;
        int model = s.architecture() == Architecture.CBOW || s.architecture() == Architecture.DOCUMENT_CONTEXT ? 1 : 2;
        return new FastTextModel.Arguments(
                s.dim(),
                s.ws(),
                s.epoch(),
                s.minCount(),
                s.neg(),
                1,
                negativeSampling,
                model,
                s.maxn() == 0 ? 0 : s.bucket(),
                s.minn(),
                s.maxn(),
                100,
                s.t());
    }
}
