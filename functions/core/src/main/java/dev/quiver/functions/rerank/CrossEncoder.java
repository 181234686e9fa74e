package dev.quiver.functions.rerank;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.onnxruntime.OrtException;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.quiver.functions.embedding.OnnxModel;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A cross-encoder in this process, from files of a user's own: it reads question and passage together and says in one number how well they go together. Each pair is a run of its own on one thread, as many at once as
 * there are cores. Of a pair longer than the window the end of the passage is left out.
 *
 * @see <a href="https://arxiv.org/abs/1901.04085">Nogueira and Cho, 2019: Passage re-ranking with BERT</a>
 */
final class CrossEncoder implements ScoringModel, AutoCloseable {
    private final OnnxModel model;
    private final int window;
    private final ExecutorService workers;

    /**
     * @param onnx the model, of one number a pair
     * @param tokenizer its {@code tokenizer.json}
     * @param window tokens of a pair, marks included
     * @param threads pairs at once
     */
    CrossEncoder(Path onnx, Path tokenizer, int window, int threads) {
        try {
            this.model = OnnxModel.ofFiles(onnx, tokenizer);
        } catch (IOException | OrtException e) {
            throw new IllegalStateException("It could not be loaded from " + onnx + " and " + tokenizer + ": " + e, e);
        }
        this.window = window;
        this.workers = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().daemon().name("rerank-", 1).factory());
    }

    /** The sigmoid of what the model says, 0 to 1. */
    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        List<Future<Double>> running = new ArrayList<>();
        segments.forEach(s -> running.add(workers.submit(() -> judge(query, s.text()))));
        try {
            List<Double> scores = new ArrayList<>();
            for (Future<Double> f : running) {
                scores.add(f.get());
            }
            return Response.from(scores);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while reranking", e);
        } finally {
            running.forEach(f -> f.cancel(true));
        }
    }

    private double judge(String query, String passage) throws OrtException {
        Encoding pair = model.tokenizer().encode(query, passage, true, false);
        long[] ids = cut(pair.getIds());
        long[] types = cut(pair.getTypeIds());
        return model.run(ids, types, output -> {
            FloatBuffer numbers = output.getFloatBuffer();
            if (numbers.remaining() != 1) {
                throw new OrtException("it answers with " + numbers.remaining()
                        + " numbers for a pair and not with one; a cross-encoder for ranking is wanted");
            }
            return 1 / (1 + Math.exp(-numbers.get(0)));
        });
    }

    /** The last token is the mark of the end. */
    private long[] cut(long[] tokens) {
        if (tokens.length <= window) {
            return tokens;
        }
        long[] cut = Arrays.copyOf(tokens, window);
        cut[window - 1] = tokens[tokens.length - 1];
        return cut;
    }

    @Override
    public void close() {
        workers.shutdownNow();
        model.close();
    }
}
