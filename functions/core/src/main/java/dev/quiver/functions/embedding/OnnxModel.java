package dev.quiver.functions.embedding;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.quiver.functions.image.ImageFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A BERT-like model in this process: an ONNX file run by ONNX Runtime, one thread a run, and the tokenizer that goes with it. For many threads. */
public final class OnnxModel implements AutoCloseable {
    private final OrtSession session;
    private final HuggingFaceTokenizer tokenizer;

    private OnnxModel(OrtSession session, HuggingFaceTokenizer tokenizer) {
        this.session = session;
        this.tokenizer = tokenizer;
    }

    /** What is made of a run's first output. */
    public interface Reading<T> {
        T of(OnnxTensor output) throws OrtException;
    }

    /**
     * From the class path, or, in a native image, from the files beside it.
     *
     * @throws IOException if a file is not there
     */
    static OnnxModel ofResources(String onnx, String tokenizer) throws IOException, OrtException {
        Optional<Path> folder = prepare();
        if (folder.isPresent()) {
            return load(ImageFiles.file(folder.get(), onnx), ImageFiles.file(folder.get(), tokenizer));
        }
        try (OrtSession.SessionOptions options = options();
                InputStream model = resource(onnx);
                InputStream json = resource(tokenizer)) {
            return new OnnxModel(
                    OrtEnvironment.getEnvironment().createSession(model.readAllBytes(), options), tokenizer(json));
        }
    }

    /**
     * @param onnx the model
     * @param tokenizer its {@code tokenizer.json}
     */
    public static OnnxModel ofFiles(Path onnx, Path tokenizer) throws IOException, OrtException {
        prepare();
        return load(onnx, tokenizer);
    }

    private static OnnxModel load(Path onnx, Path tokenizer) throws IOException, OrtException {
        try (OrtSession.SessionOptions options = options();
                InputStream json = Files.newInputStream(tokenizer)) {
            // First what is small, so that nothing large is left open when it is wrong.
            HuggingFaceTokenizer words = tokenizer(json);
            try {
                return new OnnxModel(OrtEnvironment.getEnvironment().createSession(onnx.toString(), options), words);
            } catch (OrtException | RuntimeException e) {
                words.close();
                throw e;
            }
        }
    }

    /** @return where a native image has its files */
    private static Optional<Path> prepare() {
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
        return files;
    }

    private static OrtSession.SessionOptions options() throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        options.setInterOpNumThreads(1);
        return options;
    }

    private static HuggingFaceTokenizer tokenizer(InputStream json) throws IOException {
        // The file itself may ask for padding and truncation, which a run of one text does not need.
        return HuggingFaceTokenizer.newInstance(
                json, Map.of("padding", "false", "truncation", "false", "modelMaxLength", "-1"));
    }

    private static InputStream resource(String name) throws IOException {
        InputStream in = OnnxModel.class.getResourceAsStream(name);
        if (in == null) {
            throw new IOException("there is no resource " + name);
        }
        return in;
    }

    public HuggingFaceTokenizer tokenizer() {
        return tokenizer;
    }

    /** What the model says it makes of its inputs, by name, in its order. */
    Map<String, NodeInfo> outputs() throws OrtException {
        return session.getOutputInfo();
    }

    Set<String> inputs() {
        return session.getInputNames();
    }

    /**
     * Runs the model on one input.
     *
     * @param ids of the tokens
     * @param types of the tokens, as many
     */
    public <T> T run(long[] ids, long[] types, Reading<T> reading) throws OrtException {
        return run(ids, types, null, reading);
    }

    /** @param output the name of the tensor that is read, or null for the first */
    <T> T run(long[] ids, long[] types, String output, Reading<T> reading) throws OrtException {
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
                            case "token_type_ids" -> types;
                            default -> throw new OrtException("it asks for an input " + name);
                        };
                inputs.put(name, OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape));
            }
            String wanted = output == null ? session.getOutputNames().iterator().next() : output;
            try (OrtSession.Result result = session.run(inputs, Set.of(wanted))) {
                return reading.of((OnnxTensor) result.get(0));
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    @Override
    public void close() {
        tokenizer.close();
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
