package dev.quiver.functions.embedding;

import ai.onnxruntime.OrtException;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * A BERT-like sentence encoder in this process: the ONNX model files that LangChain4j packages, run by ONNX Runtime. Every text is a run of its
 * own on one thread, as many at once as there are cores: the models are quantized with scales taken from the whole input of a run, so in a
 * shared run a text's vector would depend on its neighbours. The model is loaded at first use.
 */
public final class OnnxTextEmbedder implements TextEmbedder {

    /** How the vectors of the tokens become the vector of the text. */
    public enum Pooling {
        MEAN,
        CLS
    }

    /**
     * A model and how it was trained to be used.
     *
     * @param model name that collections record
     * @param onnx resource of the model
     * @param tokenizer resource of the {@code tokenizer.json}
     * @param window in tokens, start and end marks included
     */
    public record Spec(
            String model,
            String onnx,
            String tokenizer,
            int dimension,
            int window,
            Pooling pooling,
            String queryPrefix,
            double relevance) {}

    /** sentence-transformers/all-MiniLM-L6-v2, trained on inputs up to 256 tokens. */
    public static final Spec ALL_MINILM_L6_V2 = new Spec(
            "all-minilm-l6-v2",
            "/all-minilm-l6-v2-q.onnx",
            "/all-minilm-l6-v2-q-tokenizer.json",
            384,
            256,
            Pooling.MEAN,
            "",
            0.25);

    /** BAAI/bge-small-en-v1.5; its similarities lie between 0.4 and 1. */
    public static final Spec BGE_SMALL_EN_V1_5 = new Spec(
            "bge-small-en-v1.5",
            "/bge-small-en-v1.5-q.onnx",
            "/bge-small-en-v1.5-q-tokenizer.json",
            384,
            512,
            Pooling.CLS,
            "Represent this sentence for searching relevant passages: ",
            0.55);

    private final Spec spec;
    private final int threads;
    private final LongAdder sessionNanos = new LongAdder();
    private volatile Loaded loaded;

    private record Loaded(OnnxModel model, ExecutorService workers) {}

    /** @param threads how many texts are embedded at once */
    public OnnxTextEmbedder(Spec spec, int threads) {
        this.spec = spec;
        this.threads = threads;
    }

    @Override
    public String model() {
        return spec.model;
    }

    @Override
    public int dimension() {
        return spec.dimension;
    }

    @Override
    public OptionalInt window() {
        return OptionalInt.of(spec.window);
    }

    @Override
    public double relevance() {
        return spec.relevance;
    }

    /** How many texts are embedded at once. */
    public int threads() {
        return threads;
    }

    /** Time spent inside ONNX Runtime so far, over all threads. */
    public long sessionNanos() {
        return sessionNanos.sum();
    }

    @Override
    public int countTokens(String text) {
        return load().model.tokenizer().encode(text, true, false).getIds().length;
    }

    @Override
    public Embedded embed(List<String> texts, Purpose purpose) {
        Loaded l = load();
        String prefix = purpose == Purpose.QUERY ? spec.queryPrefix : "";
        float[][] vectors = new float[texts.size()][];
        Truncation[] truncations = new Truncation[texts.size()];
        LongAdder tokens = new LongAdder();
        AtomicInteger next = new AtomicInteger();
        Runnable work = () -> {
            for (int i; (i = next.getAndIncrement()) < vectors.length; ) {
                tokens.add(embedOne(l, prefix + texts.get(i), i, vectors, truncations));
            }
        };
        if (texts.size() == 1) {
            work.run();
        } else {
            runOnWorkers(l.workers, work, Math.min(threads, texts.size()));
        }
        return new Embedded(
                List.of(vectors),
                Arrays.stream(truncations).filter(java.util.Objects::nonNull).toList(),
                OptionalLong.of(tokens.sum()));
    }

    private static void runOnWorkers(ExecutorService workers, Runnable work, int count) {
        List<Future<?>> running = new ArrayList<>();
        for (int t = 0; t < count; t++) {
            running.add(workers.submit(work));
        }
        try {
            for (Future<?> f : running) {
                f.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            running.forEach(f -> f.cancel(true));
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while embedding", e);
        }
    }

    /** @return how many tokens the model has read */
    private int embedOne(Loaded l, String text, int index, float[][] vectors, Truncation[] truncations) {
        long[] ids = l.model.tokenizer().encode(text, true, false).getIds();
        if (ids.length > spec.window) {
            truncations[index] = new Truncation(index, ids.length, spec.window);
            long end = ids[ids.length - 1];
            ids = Arrays.copyOf(ids, spec.window);
            ids[spec.window - 1] = end;
        }
        try {
            vectors[index] = run(l.model, ids);
            return ids.length;
        } catch (OrtException e) {
            throw new ProblemException(Kind.INTERNAL, "The model " + spec.model + " failed: " + e.getMessage(), e);
        }
    }

    private float[] run(OnnxModel model, long[] ids) throws OrtException {
        int count = ids.length;
        long started = System.nanoTime();
        return model.run(ids, new long[count], output -> {
            sessionNanos.add(System.nanoTime() - started);
            return pool(output.getFloatBuffer(), count);
        });
    }

    private float[] pool(FloatBuffer tokens, int count) {
        int d = spec.dimension;
        float[] vector = new float[d];
        tokens.get(0, vector);
        if (spec.pooling == Pooling.MEAN) {
            float[] token = new float[d];
            for (int t = 1; t < count; t++) {
                tokens.get(t * d, token);
                for (int i = 0; i < d; i++) {
                    vector[i] += token[i];
                }
            }
        }
        double norm = dev.quiver.index.vector.Vectors.norm(vector);
        for (int i = 0; i < d; i++) {
            vector[i] = (float) (vector[i] / norm);
        }
        return vector;
    }

    private Loaded load() {
        Loaded l = loaded;
        if (l != null) {
            return l;
        }
        synchronized (this) {
            if (loaded == null) {
                loaded = loadNow();
            }
            return loaded;
        }
    }

    private Loaded loadNow() {
        try {
            OnnxModel model = OnnxModel.ofResources(spec.onnx, spec.tokenizer);
            AtomicInteger number = new AtomicInteger();
            ExecutorService workers = Executors.newFixedThreadPool(threads, r -> Thread.ofPlatform()
                    .daemon()
                    .name("embed-" + number.incrementAndGet())
                    .unstarted(r));
            return new Loaded(model, workers);
        } catch (OrtException | IOException e) {
            throw new ProblemException(
                    Kind.INTERNAL, "The model " + spec.model + " could not be loaded: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void close() {
        if (loaded != null) {
            loaded.workers.shutdownNow();
            loaded.model.close();
            loaded = null;
        }
    }
}
