package dev.quiver.embeddings.documents;

import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.training.Architecture;
import dev.quiver.embeddings.training.DocumentInference;
import dev.quiver.embeddings.training.TextCorpus;
import dev.quiver.embeddings.training.Trainer;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.embeddings.training.TrainingSettings;
import dev.quiver.embeddings.training.WordTraining;
import dev.quiver.embeddings.words.FastTextModel;
import dev.quiver.embeddings.words.WordVectorFormat;
import dev.quiver.embeddings.words.WordVectorWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Vectors of documents by PV-DBOW and PV-DM, and of unseen ones by the same training with everything else held fast. The words and the output are kept in fastText's format, those of the
 * documents as {@code documents.vec}.
 */
public final class Doc2Vec {
    /** Vectors of the documents that were learned from, as text. */
    public static final String DOCUMENTS = "documents.vec";

    private final FastTextModel model;
    private final DocumentInference inference;

    private Doc2Vec(FastTextModel model) {
        this.model = model;
        this.inference = new DocumentInference(model);
    }

    /** PV-DBOW; documents are few examples each, so there are more epochs than for words. */
    public static TrainingSettings defaults() {
        return TrainingSettings.word2vec()
                .withArchitecture(Architecture.DOCUMENT_WORDS)
                .withEpoch(20)
                .withT(1e-3);
    }

    /**
     * Learns from lines.
     *
     * @param withIds whether each line begins with an id and a tab; if not, the id is the line's number
     */
    public static Doc2Vec train(List<Path> files, boolean withIds, TrainingSettings settings, TrainingOutput output)
            throws IOException, InterruptedException {
        if (!settings.architecture().documents() || settings.maxn() > 0) {
            throw new IllegalArgumentException(
                    "Documents are learned by DOCUMENT_WORDS or DOCUMENT_CONTEXT, without n-grams.");
        }
        TextCorpus corpus = TextCorpus.read(
                files,
                withIds ? TextCorpus.Lines.DOCUMENTS_WITH_IDS : TextCorpus.Lines.DOCUMENTS,
                settings.minCount(),
                output.folder());
        int documents = corpus.documents().size();
        Trainer trainer = new Trainer(
                corpus.vocabulary(), corpus.sentences(), settings, documents, output.checkpoints(), output.listener());
        trainer.train();
        FastTextModel model = WordTraining.model(corpus.vocabulary(), settings, trainer);
        model.write(output.folder().resolve(WordTraining.MODEL));
        WordVectorWriter.write(
                output.folder().resolve(DOCUMENTS),
                WordVectorFormat.WORD2VEC_TEXT,
                documents,
                settings.dim(),
                i -> corpus.documents().get(i).getBytes(StandardCharsets.UTF_8),
                trainer::document);
        Map<String, Object> statistics = new LinkedHashMap<>();
        statistics.put("documents", documents);
        statistics.put("words", corpus.vocabulary().size());
        statistics.put("tokens", corpus.sentences().tokens());
        output.finish("doc2vec", settings, statistics, List.of(WordTraining.MODEL, DOCUMENTS));
        return new Doc2Vec(model);
    }

    /** @param folder that {@link #train} wrote */
    public static Doc2Vec read(Path folder) throws IOException {
        FastTextModel model = FastTextModel.read(folder.resolve(WordTraining.MODEL), true);
        if (model.arguments().maxn() > 0
                || model.output().rows() != model.words().size()) {
            throw new InvalidModelException(folder + " has a model of words and not of documents.");
        }
        return new Doc2Vec(model);
    }

    public int dimension() {
        return model.dimension();
    }

    /** The vector of a text whose words are separated as in training, the same each time; empty if none of them is known. */
    public Optional<float[]> infer(String text) {
        return inference.infer(text);
    }
}
