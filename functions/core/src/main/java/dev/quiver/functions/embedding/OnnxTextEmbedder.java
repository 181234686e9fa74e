package dev.quiver.functions.embedding;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * A BERT-like sentence encoder in this process: an ONNX file, one that LangChain4j packages or one from the store, run by ONNX Runtime. Every text is a run of its
 * own on one thread, as many at once as there are cores: the models are quantized with scales taken from the whole input of a run, so in a
 * shared run a text's vector would depend on its neighbours. The model is loaded at first use.
 */
public final class OnnxTextEmbedder implements TextEmbedder {

    /** How the vectors of the tokens become the vector of the text. */
    public enum Pooling {
        /** Their mean. */
        MEAN,
        /** That of the first token, the start mark. */
        CLS,
        /** The largest value of each component. */
        MAX,
        /** The model's output is the vector of the text already. */
        NONE
    }

    /** Where the files of a model are. */
    public interface Source {
        /** Loads them; called once. */
        OnnxModel load() throws IOException, OrtException;
    }

    /**
     * A model and how it was trained to be used.
     *
     * @param model name that collections record
     * @param dimension of the vectors; where the model gives more, its first ones, for models trained so (Kusupati et al., Matryoshka Representation Learning, 2022, https://arxiv.org/abs/2205.13147)
     * @param window in tokens, start and end marks included
     * @param overlap of a text that is longer than the window, the tokens that two windows share: its vector is the mean of those of its windows; {@value #CUT} to embed what fits and leave the rest out
     * @param output the name of the tensor that is read, or null for the model's first
     * @param normalise whether vectors get the length 1
     * @param relevance see {@link TextEmbedder#relevance}
     */
    public record Spec(
            String model,
            Source source,
            int dimension,
            int window,
            int overlap,
            String output,
            Pooling pooling,
            boolean normalise,
            String queryPrefix,
            String documentPrefix,
            double relevance) {
        /** An overlap for none. */
        public static final int CUT = -1;
    }

    /** sentence-transformers/all-MiniLM-L6-v2, trained on inputs up to 256 tokens. */
    public static final Spec ALL_MINILM_L6_V2 = new Spec(
            "all-minilm-l6-v2",
            () -> OnnxModel.ofResources("/all-minilm-l6-v2-q.onnx", "/all-minilm-l6-v2-q-tokenizer.json"),
            384,
            256,
            Spec.CUT,
            null,
            Pooling.MEAN,
            true,
            "",
            "",
            0.25);

    /** BAAI/bge-small-en-v1.5; its similarities lie between 0.4 and 1. */
    public static final Spec BGE_SMALL_EN_V1_5 = new Spec(
            "bge-small-en-v1.5",
            () -> OnnxModel.ofResources("/bge-small-en-v1.5-q.onnx", "/bge-small-en-v1.5-q-tokenizer.json"),
            384,
            512,
            Spec.CUT,
            null,
            Pooling.CLS,
            true,
            "Represent this sentence for searching relevant passages: ",
            "",
            0.55);

    /** Of one text; what lies behind them is left out, and the answer says so. */
    private static final int MOST_WINDOWS = 64;

    private static final Set<String> INPUTS = Set.of("input_ids", "attention_mask", "token_type_ids");

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
        return load().model
                .tokenizer()
                .encode(spec.documentPrefix + text, true, false)
                .getIds()
                .length;
    }

    @Override
    public Embedded embed(List<String> texts, Purpose purpose) {
        Loaded l = load();
        String prefix = purpose == Purpose.QUERY ? spec.queryPrefix : spec.documentPrefix;
        float[][] vectors = new float[texts.size()][];
        Truncation[] truncations = new Truncation[texts.size()];
        LongAdder tokens = new LongAdder();
        AtomicInteger next = new AtomicInteger();
        Runnable work = () -> {
            for (int i; (i = next.getAndIncrement()) < vectors.length; ) {
                tokens.add(embedOne(l, prefix, texts.get(i), i, vectors, truncations));
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
    private int embedOne(Loaded l, String prefix, String text, int index, float[][] vectors, Truncation[] truncations) {
        long[] ids = l.model.tokenizer().encode(prefix + text, true, false).getIds();
        try {
            if (ids.length > spec.window && spec.overlap != Spec.CUT) {
                return embedWindows(l, prefix, text, index, vectors, truncations);
            }
            if (ids.length > spec.window) {
                truncations[index] = new Truncation(index, ids.length, spec.window);
                long end = ids[ids.length - 1];
                ids = Arrays.copyOf(ids, spec.window);
                ids[spec.window - 1] = end;
            }
            vectors[index] = scaled(run(l.model, ids));
            return ids.length;
        } catch (OrtException e) {
            throw new ProblemException(Kind.INTERNAL, "The model " + spec.model + " failed: " + e.getMessage(), e);
        }
    }

    /** Each window is a text of its own, with marks and prefix; all are equally long, so the last one shares more with the one before. */
    private int embedWindows(
            Loaded l, String prefix, String text, int index, float[][] vectors, Truncation[] truncations)
            throws OrtException {
        Encoding whole = l.model.tokenizer().encode(text, true, false);
        long[] ids = whole.getIds();
        long[] marks = whole.getSpecialTokenMask();
        int first = 0;
        while (first < ids.length && marks[first] == 1) {
            first++;
        }
        int end = ids.length;
        while (end > first && marks[end - 1] == 1) {
            end--;
        }
        long[] before = prefix.isEmpty()
                ? new long[0]
                : l.model.tokenizer().encode(prefix, false, false).getIds();
        int room = spec.window - first - (ids.length - end) - before.length;
        if (room <= spec.overlap) {
            throw new ProblemException(
                    Kind.INTERNAL,
                    "The window of the model " + spec.model + " has " + spec.window
                            + " tokens, of which marks and prefix leave " + room
                            + "; that is not more than the overlap of "
                            + spec.overlap + ". Make 'overlap' in its model.json smaller.");
        }
        int stride = room - spec.overlap;
        int tokens = end - first;
        int windows = tokens <= room ? 1 : Math.ceilDiv(tokens - room, stride) + 1;
        if (windows > MOST_WINDOWS) {
            windows = MOST_WINDOWS;
            int used = room + (windows - 1) * stride;
            truncations[index] = new Truncation(index, tokens, used);
            tokens = used;
        }
        float[] sum = new float[spec.dimension];
        int read = 0;
        for (int w = 0; w < windows; w++) {
            int from = first + Math.max(0, Math.min(w * stride, tokens - room));
            int count = Math.min(room, tokens);
            long[] window = new long[first + before.length + count + ids.length - end];
            System.arraycopy(ids, 0, window, 0, first);
            System.arraycopy(before, 0, window, first, before.length);
            System.arraycopy(ids, from, window, first + before.length, count);
            System.arraycopy(ids, end, window, first + before.length + count, ids.length - end);
            float[] v = scaled(run(l.model, window));
            for (int i = 0; i < sum.length; i++) {
                sum[i] += v[i] / windows;
            }
            read += window.length;
        }
        vectors[index] = scaled(sum);
        return read;
    }

    private float[] scaled(float[] vector) {
        if (spec.normalise) {
            double norm = dev.quiver.index.vector.Vectors.norm(vector);
            for (int i = 0; i < vector.length; i++) {
                vector[i] = (float) (vector[i] / norm);
            }
        }
        return vector;
    }

    private float[] run(OnnxModel model, long[] ids) throws OrtException {
        int count = ids.length;
        long started = System.nanoTime();
        return model.run(ids, new long[count], spec.output, output -> {
            sessionNanos.add(System.nanoTime() - started);
            return pool(output, count);
        });
    }

    private float[] pool(OnnxTensor output, int count) {
        long[] shape = output.getInfo().getShape();
        int own = (int) shape[shape.length - 1];
        int rows = spec.pooling == Pooling.NONE ? 1 : count;
        if (own < spec.dimension
                || shape.length != rank()
                || output.getFloatBuffer().remaining() != (long) rows * own) {
            throw new ProblemException(
                    Kind.INTERNAL,
                    "The model " + spec.model + " answered with a tensor of the shape " + Arrays.toString(shape)
                            + " to "
                            + count + " tokens. With dimension " + spec.dimension + " and pooling "
                            + spec.pooling.name().toLowerCase(Locale.ROOT) + " it should be " + expected()
                            + ". Change the dimension, the pooling or the output in its model.json.");
        }
        FloatBuffer tokens = output.getFloatBuffer();
        float[] vector = new float[spec.dimension];
        tokens.get(0, vector);
        if (spec.pooling == Pooling.MEAN || spec.pooling == Pooling.MAX) {
            float[] token = new float[spec.dimension];
            for (int t = 1; t < count; t++) {
                tokens.get(t * own, token);
                for (int i = 0; i < token.length; i++) {
                    vector[i] = spec.pooling == Pooling.MAX ? Math.max(vector[i], token[i]) : vector[i] + token[i];
                }
            }
        }
        // Where the length becomes 1, the sum does as well as the mean.
        if (spec.pooling == Pooling.MEAN && !spec.normalise) {
            for (int i = 0; i < vector.length; i++) {
                vector[i] /= count;
            }
        }
        return vector;
    }

    private int rank() {
        return spec.pooling == Pooling.NONE ? 2 : 3;
    }

    private String expected() {
        return spec.pooling == Pooling.NONE
                ? "[1, " + spec.dimension + " or more]"
                : "[1, tokens, " + spec.dimension + " or more]";
    }

    /** What the file says of itself is looked at before the first text, as far as it goes: dimensions may be left open. */
    private void check(OnnxModel model) throws OrtException {
        if (!INPUTS.containsAll(model.inputs()) || !model.inputs().contains("input_ids")) {
            throw unusable("it takes the inputs " + model.inputs()
                    + ". Export one that takes input_ids, attention_mask and token_type_ids, or some of them");
        }
        Map<String, NodeInfo> outputs = model.outputs();
        NodeInfo node = spec.output == null ? outputs.values().iterator().next() : outputs.get(spec.output);
        if (node == null) {
            throw unusable("it has no output '" + spec.output + "'. Set 'output' in its model.json to one of "
                    + outputs.keySet());
        }
        if (!(node.getInfo() instanceof TensorInfo tensor) || tensor.type != OnnxJavaType.FLOAT) {
            throw unusable("its output '" + node.getName()
                    + "' is no tensor of float32. Set 'output' in its model.json to another, or export it with one: "
                    + outputs.keySet());
        }
        long[] shape = tensor.getShape();
        long own = shape.length == 0 ? 0 : shape[shape.length - 1];
        if (shape.length != rank() || (own >= 0 && own < spec.dimension)) {
            throw unusable("its output '" + node.getName() + "' has the shape " + Arrays.toString(shape)
                    + " (-1: any). With dimension " + spec.dimension + " and pooling "
                    + spec.pooling.name().toLowerCase(Locale.ROOT) + " it should be " + expected()
                    + ". Change the dimension, the pooling or the output in its model.json");
        }
    }

    private ProblemException unusable(String why) {
        return new ProblemException(Kind.INTERNAL, "The model " + spec.model + " could not be loaded: " + why + ".");
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
            OnnxModel model = spec.source.load();
            try {
                check(model);
            } catch (OrtException | RuntimeException e) {
                model.close();
                throw e;
            }
            AtomicInteger number = new AtomicInteger();
            ExecutorService workers = Executors.newFixedThreadPool(threads, r -> Thread.ofPlatform()
                    .daemon()
                    .name("embed-" + number.incrementAndGet())
                    .unstarted(r));
            return new Loaded(model, workers);
        } catch (OrtException e) {
            throw new ProblemException(
                    Kind.INTERNAL,
                    "The model " + spec.model + " could not be loaded. ONNX Runtime says: " + e.getMessage()
                            + " If it misses an operator, export the model with the standard ones only.",
                    e);
        } catch (IOException e) {
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
