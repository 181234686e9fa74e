package dev.quiver.functions.embedding;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.quiver.functions.image.ImageFiles;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    private record Loaded(OrtSession session, HuggingFaceTokenizer tokenizer, ExecutorService workers) {}

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
        return load().tokenizer.encode(text, true, false).getIds().length;
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
        long[] ids = l.tokenizer.encode(text, true, false).getIds();
        if (ids.length > spec.window) {
            truncations[index] = new Truncation(index, ids.length, spec.window);
            long end = ids[ids.length - 1];
            ids = Arrays.copyOf(ids, spec.window);
            ids[spec.window - 1] = end;
        }
        try {
            vectors[index] = run(l.session, ids);
            return ids.length;
        } catch (OrtException e) {
            throw new ProblemException(Kind.INTERNAL, "The model " + spec.model + " failed: " + e.getMessage(), e);
        }
    }

    private float[] run(OrtSession session, long[] ids) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        long[] shape = {1, ids.length};
        long[] ones = new long[ids.length];
        Arrays.fill(ones, 1);
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try {
            for (String name : session.getInputNames()) {
                long[] values =
                        switch (name) {
                            case "input_ids" -> ids;
                            case "attention_mask" -> ones;
                            case "token_type_ids" -> new long[ids.length];
                            default -> throw new OrtException("it asks for an input " + name);
                        };
                inputs.put(name, OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape));
            }
            long started = System.nanoTime();
            try (OrtSession.Result result = session.run(inputs)) {
                sessionNanos.add(System.nanoTime() - started);
                return pool(((OnnxTensor) result.get(0)).getFloatBuffer(), ids.length);
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
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
        // DJL reports its use over the network and looks for native libraries there; both are in its jar, and this is
        // nobody's business.
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.offline", "true");
        Optional<Path> files = ImageFiles.folder();
        files.ifPresent(folder -> {
            System.setProperty("onnxruntime.native.path", folder.toString());
            // The file: given a folder, DJL asks for the graphics card's kind, and fails where there is none.
            System.setProperty(
                    "RUST_LIBRARY_PATH",
                    folder.resolve(System.mapLibraryName("tokenizers")).toString());
        });
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            OrtSession session;
            if (files.isPresent()) {
                String model = ImageFiles.file(files.get(), spec.onnx).toString();
                session = OrtEnvironment.getEnvironment().createSession(model, options);
            } else {
                try (InputStream in = resource(spec.onnx)) {
                    session = OrtEnvironment.getEnvironment().createSession(in.readAllBytes(), options);
                }
            }
            HuggingFaceTokenizer tokenizer;
            try (InputStream in = files.isPresent()
                    ? Files.newInputStream(ImageFiles.file(files.get(), spec.tokenizer))
                    : resource(spec.tokenizer)) {
                // The file itself asks for padding and truncation to 128 tokens, which the model does not need.
                tokenizer = HuggingFaceTokenizer.newInstance(
                        in, Map.of("padding", "false", "truncation", "false", "modelMaxLength", "-1"));
            }
            AtomicInteger number = new AtomicInteger();
            ExecutorService workers = Executors.newFixedThreadPool(threads, r -> Thread.ofPlatform()
                    .daemon()
                    .name("embed-" + number.incrementAndGet())
                    .unstarted(r));
            return new Loaded(session, tokenizer, workers);
        } catch (OrtException | IOException e) {
            throw new ProblemException(
                    Kind.INTERNAL, "The model " + spec.model + " could not be loaded: " + e.getMessage(), e);
        }
    }

    private static InputStream resource(String name) throws IOException {
        InputStream in = OnnxTextEmbedder.class.getResourceAsStream(name);
        if (in == null) {
            throw new IOException("there is no resource " + name);
        }
        return in;
    }

    @Override
    public synchronized void close() {
        if (loaded != null) {
            loaded.workers.shutdownNow();
            loaded.tokenizer.close();
            try {
                loaded.session.close();
            } catch (OrtException e) {
                throw new IllegalStateException(e);
            }
            loaded = null;
        }
    }
}
