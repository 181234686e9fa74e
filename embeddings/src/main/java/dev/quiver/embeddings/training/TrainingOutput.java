package dev.quiver.embeddings.training;

import dev.quiver.embeddings.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a model goes, and who watches.
 *
 * @param folder created if it is not there; what a stopped training left in it is gone on from
 * @param checkpointEvery null for no checkpoints
 * @param licence of the data, for model.json; null if it is not known
 * @param source of the data, likewise
 * @param listener null for nobody
 */
public record TrainingOutput(
        Path folder, Duration checkpointEvery, String licence, String source, TrainingStatus.Listener listener) {
    private static final String CHECKPOINT = "checkpoint.bin";

    /** A folder and nothing else. */
    public static TrainingOutput in(Path folder) {
        return new TrainingOutput(folder, null, null, null, null);
    }

    public Optional<Checkpoints> checkpoints() throws IOException {
        Files.createDirectories(folder);
        return checkpointEvery == null
                ? Optional.empty()
                : Optional.of(new Checkpoints(folder.resolve(CHECKPOINT), checkpointEvery));
    }

    /** Describes the finished model, and removes what is of use only before. */
    public void finish(String family, TrainingSettings s, Map<String, Object> statistics, List<String> files)
            throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("architecture", s.architecture().name().toLowerCase(java.util.Locale.ROOT));
        settings.put("dim", s.dim());
        settings.put("ws", s.ws());
        settings.put("epoch", s.epoch());
        settings.put("minCount", s.minCount());
        settings.put("neg", s.neg());
        settings.put("minn", s.minn());
        settings.put("maxn", s.maxn());
        settings.put("bucket", s.bucket());
        settings.put("lr", s.lr());
        settings.put("t", s.t());
        settings.put("power", s.power());
        settings.put("thread", s.threads());
        settings.put("seed", s.seed());
        ModelFolder.describe(folder, family, s.dim(), settings, statistics, licence, source, files);
        Optional<Checkpoints> checkpoints = checkpoints();
        if (checkpoints.isPresent()) {
            checkpoints.get().remove();
        }
    }
}
