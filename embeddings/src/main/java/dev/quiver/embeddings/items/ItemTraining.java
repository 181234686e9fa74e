package dev.quiver.embeddings.items;

import dev.quiver.embeddings.training.Architecture;
import dev.quiver.embeddings.training.TextCorpus;
import dev.quiver.embeddings.training.Trainer;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.embeddings.training.TrainingSettings;
import dev.quiver.embeddings.training.WordTraining;
import dev.quiver.embeddings.words.FastTextModel;
import dev.quiver.embeddings.words.WordVectorFormat;
import dev.quiver.embeddings.words.WordVectorWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** item2vec: items that are in the same baskets become near. A line of the file is a basket, its words are items. */
public final class ItemTraining {
    private ItemTraining() {}

    /** Baskets are small corpora: more epochs and a wide window. */
    public static TrainingSettings defaults() {
        return TrainingSettings.word2vec()
                .withArchitecture(Architecture.BASKET)
                .withWs(10)
                .withEpoch(20)
                .withT(1e-3);
    }

    /** Writes the vectors and the model. */
    public static ItemRecommender train(List<Path> baskets, TrainingSettings settings, TrainingOutput output)
            throws IOException, InterruptedException {
        TextCorpus corpus = TextCorpus.read(baskets, TextCorpus.Lines.SETS, settings.minCount(), output.folder());
        Trainer trainer = new Trainer(
                corpus.vocabulary(), corpus.sentences(), settings, 0, output.checkpoints(), output.listener());
        trainer.train();
        FastTextModel model = WordTraining.model(corpus.vocabulary(), settings, trainer);
        model.write(output.folder().resolve(WordTraining.MODEL));
        WordVectorWriter.write(
                output.folder().resolve(WordTraining.VECTORS),
                WordVectorFormat.WORD2VEC_TEXT,
                corpus.vocabulary(),
                trainer.input());
        Map<String, Object> statistics = new LinkedHashMap<>();
        statistics.put("items", corpus.vocabulary().size());
        statistics.put("baskets", corpus.sentences().sentences());
        output.finish("item2vec", settings, statistics, List.of(WordTraining.MODEL, WordTraining.VECTORS));
        return new ItemRecommender(model, settings.power());
    }
}
