package dev.quiver.embeddings.words;

import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.Matrix;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A model in fastText's own file format (https://fasttext.cc, version 12; 11 is read too): words with counts, vectors of words and of n-gram buckets, and the output vectors
 * with which training goes on and documents are inferred. The vector of any word, known or not, is bit for bit the one that fastText prints.
 *
 * <p>The file, little-endian: int32 793712314, int32 version; int32 dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn,
 * lrUpdateRate, float64 t; int32 entries, words, labels, int64 tokens, pruned (-1); of each entry its bytes, a zero, int64 count, int8 kind;
 * bool quantized, int64 rows, int64 columns, float32 values (input); the same once more (output).
 */
public final class FastTextModel implements WordEmbedder {
    private static final int MAGIC = 793_712_314;
    private static final int VERSION = 12;
    private static final int LONGEST_WORD = 65_535;
    private static final byte WORD = 0;
    private static final byte LABEL = 1;

    private static final int SUPERVISED = 3;
    private static final byte[] LINE_END = Subwords.LINE_END.getBytes(StandardCharsets.UTF_8);

    /**
     * What the file says about the training, under fastText's names.
     *
     * @param loss 1 hierarchical softmax, 2 negative sampling, 3 softmax, 4 one against all
     * @param model 1 cbow, 2 skipgram, 3 supervised
     */
    public record Arguments(
            int dim,
            int ws,
            int epoch,
            int minCount,
            int neg,
            int wordNgrams,
            int loss,
            int model,
            int bucket,
            int minn,
            int maxn,
            int lrUpdateRate,
            double t) {}

    private final Arguments arguments;
    private final Subwords subwords;
    private final Vocabulary words;
    private final Matrix input;
    private final Matrix output;

    /**
     * @param input rows of words, then of buckets
     * @param output a row a word, or null if only vectors are asked for
     */
    public FastTextModel(Arguments arguments, Vocabulary words, Matrix input, Matrix output) {
        this.arguments = arguments;
        this.subwords = new Subwords(arguments.minn, arguments.maxn, arguments.maxn == 0 ? 0 : arguments.bucket);
        this.words = words;
        this.input = input;
        this.output = output;
        if (input.rows() != words.size() + subwords.buckets()) {
            throw new InvalidModelException("There are " + words.size() + " words and " + subwords.buckets()
                    + " buckets, but " + input.rows() + " vectors.");
        }
    }

    static boolean isMagic(byte[] head) {
        return ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt() == MAGIC;
    }

    public Arguments arguments() {
        return arguments;
    }

    public Vocabulary words() {
        return words;
    }

    public Matrix input() {
        return input;
    }

    /** Null if it was not read. */
    public Matrix output() {
        return output;
    }

    @Override
    public int dimension() {
        return input.dimension();
    }

    /** The mean of the vectors of the word, if it is known, and of its n-grams, if it has any. */
    @Override
    public Optional<float[]> vector(String word) {
        return vector(word.getBytes(StandardCharsets.UTF_8));
    }

    /** Of a word of the vocabulary. */
    public float[] vector(int word) {
        return vector(words.word(word)).orElseThrow();
    }

    private Optional<float[]> vector(byte[] bytes) {
        float[] sum = new float[input.dimension()];
        int parts = 0;
        int known = words.find(bytes, 0, bytes.length);
        if (known >= 0) {
            input.addTo(known, sum);
            parts++;
        }
        if (!Arrays.equals(bytes, LINE_END)) {
            for (int bucket : subwords.of(bytes)) {
                input.addTo(words.size() + bucket, sum);
                parts++;
            }
        }
        if (parts == 0) {
            return Optional.empty();
        }
        float share = (float) (1.0 / parts);
        for (int i = 0; i < sum.length; i++) {
            sum[i] *= share;
        }
        return Optional.of(sum);
    }

    @Override
    public double frequency(String word) {
        int i = words.find(word);
        return (i < 0 ? 0.5 : words.count(i)) / Math.max(1.0, words.tokens());
    }

    WordVectorReader reader() {
        return new Reader(this);
    }

    /**
     * Reads a model.
     *
     * @param withOutput whether the output vectors are wanted, too
     * @throws InvalidModelException if it is not one, or a quantized one
     */
    public static FastTextModel read(Path file, boolean withOutput) throws IOException {
        try (BinaryInput in = new BinaryInput(file)) {
            if (in.remaining() < 4 || in.readInt() != MAGIC) {
                throw new InvalidModelException(file
                        + " is not a model of fastText. If it is a file of vectors, import it as word2vec or glove.");
            }
            int version = in.readInt();
            if (version != 11 && version != VERSION) {
                throw new InvalidModelException(
                        file + " is a model of fastText in version " + version + "; 11 and 12 are known.");
            }
            Arguments a = arguments(in, version);
            if (a.dim < 1 || a.dim > 1 << 16 || a.bucket < 0 || a.minn < 0 || a.maxn < 0) {
                throw new InvalidModelException(file + " has impossible settings (dim " + a.dim + ", bucket " + a.bucket
                        + ", minn " + a.minn + ", maxn " + a.maxn + "): the file is damaged.");
            }
            Vocabulary words = words(in);
            if (in.readByte() != 0) {
                throw new InvalidModelException(
                        file
                                + " is quantized (.ftz), which is not read: its n-grams are pruned. Use the model it was made from.");
            }
            long buckets = a.maxn == 0 ? 0 : a.bucket;
            Matrix input = matrix(in, a.dim, "input", words.size() + buckets, a.maxn == 0 ? a.bucket : 0);
            Matrix output = null;
            if (withOutput) {
                if (in.readByte() != 0) {
                    throw new InvalidModelException(file + " has a quantized output, which is not read.");
                }
                output = matrix(in, a.dim, "output", -1, 0);
            }
            return new FastTextModel(a, words, input, output);
        }
    }

    private static Arguments arguments(BinaryInput in, int version) throws IOException {
        int dim = in.readInt();
        int ws = in.readInt();
        int epoch = in.readInt();
        int minCount = in.readInt();
        int neg = in.readInt();
        int wordNgrams = in.readInt();
        int loss = in.readInt();
        int model = in.readInt();
        int bucket = in.readInt();
        int minn = in.readInt();
        int maxn = in.readInt();
        int lrUpdateRate = in.readInt();
        double t = in.readDouble();
        // As fastText does: the classifiers of version 11 were made without n-grams of characters.
        return new Arguments(
                dim,
                ws,
                epoch,
                minCount,
                neg,
                wordNgrams,
                loss,
                model,
                bucket,
                minn,
                version == 11 && model == SUPERVISED ? 0 : maxn,
                lrUpdateRate,
                t);
    }

    private static Vocabulary words(BinaryInput in) throws IOException {
        int entries = in.readInt();
        int words = in.readInt();
        int labels = in.readInt();
        in.readLong();
        long pruned = in.readLong();
        // An entry has a byte of its end, eight of its count and one of its kind.
        if (entries < 1
                || words < 0
                || labels < 0
                || words + (long) labels != entries
                || entries * 10L > in.remaining()) {
            throw in.damaged("promises " + entries + " entries, " + words + " words and " + labels + " labels");
        }
        if (pruned >= 0) {
            throw new InvalidModelException(in.file()
                    + " is pruned, as quantized models are, which is not read. Use the model it was made from.");
        }
        VocabularyBuilder builder = new VocabularyBuilder(Math.max(2, entries));
        byte[] word = new byte[LONGEST_WORD];
        for (int i = 0; i < entries; i++) {
            int size = 0;
            for (byte b = in.readByte(); b != 0; b = in.readByte()) {
                if (size == LONGEST_WORD) {
                    throw in.damaged("has a word without an end");
                }
                word[size++] = b;
            }
            long count = in.readLong();
            byte kind = in.readByte();
            if (kind != WORD && kind != LABEL || count < 0 || (kind == WORD) != (i < words)) {
                throw in.damaged("has an entry of the kind " + kind + " with the count " + count);
            }
            if (kind == WORD && builder.add(word, 0, size, count) != i) {
                throw in.damaged("has a word twice");
            }
        }
        return builder.buildAsSeen();
    }

    /** @param expected rows, or -1; @param more rows that may follow and are passed over */
    private static Matrix matrix(BinaryInput in, int dim, String name, long expected, int more) throws IOException {
        long rows = in.readLong();
        long columns = in.readLong();
        boolean fits = expected < 0 || rows == expected || rows == expected + more;
        if (rows < 0 || rows > Integer.MAX_VALUE || columns != dim || !fits || rows > in.remaining() / 4 / columns) {
            throw in.damaged("has an " + name + " matrix of " + rows + " × " + columns + " where "
                    + (expected < 0 ? "some" : expected) + " × " + dim + " are expected, and "
                    + in.remaining() + " bytes left");
        }
        Matrix matrix = new Matrix((int) (expected < 0 ? rows : expected), dim);
        byte[] row = new byte[4 * dim];
        MemorySegment from = MemorySegment.ofArray(row);
        for (long r = 0; r < rows; r++) {
            in.readFully(row);
            if (r < matrix.rows()) {
                MemorySegment.copy(from, 0, matrix.memory(), matrix.offset((int) r), row.length);
            }
        }
        return matrix;
    }

    /** Writes the model, so that fastText reads it. */
    public void write(Path file) throws IOException {
        if (output == null) {
            throw new IllegalStateException("The model was read without its output vectors and cannot be written.");
        }
        Path part = Path.of(file + ".part");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), 1 << 18)) {
                ByteBuffer head = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
                head.putInt(MAGIC).putInt(VERSION);
                head.putInt(arguments.dim).putInt(arguments.ws).putInt(arguments.epoch);
                head.putInt(arguments.minCount).putInt(arguments.neg).putInt(arguments.wordNgrams);
                head.putInt(arguments.loss).putInt(arguments.model).putInt(arguments.bucket);
                head.putInt(arguments.minn).putInt(arguments.maxn).putInt(arguments.lrUpdateRate);
                head.putDouble(arguments.t);
                head.putInt(words.size()).putInt(words.size()).putInt(0);
                head.putLong(words.tokens()).putLong(-1);
                write(out, head);
                for (int i = 0; i < words.size(); i++) {
                    out.write(words.word(i));
                    out.write(0);
                    write(out, head.putLong(words.count(i)).put(WORD));
                }
                write(out, head, input);
                write(out, head, output);
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void write(OutputStream out, ByteBuffer head, Matrix matrix) throws IOException {
        write(out, head.put((byte) 0).putLong(matrix.rows()).putLong(matrix.dimension()));
        byte[] row = new byte[4 * matrix.dimension()];
        MemorySegment to = MemorySegment.ofArray(row);
        for (int r = 0; r < matrix.rows(); r++) {
            MemorySegment.copy(matrix.memory(), matrix.offset(r), to, 0, row.length);
            out.write(row);
        }
    }

    private static void write(OutputStream out, ByteBuffer buffer) throws IOException {
        out.write(buffer.array(), 0, buffer.position());
        buffer.clear();
    }

    /** The words of a model with the vectors that they have there. */
    static final class Reader extends WordVectorReader {
        private final FastTextModel model;
        private int word = -1;

        private Reader(FastTextModel model) {
            this.model = model;
        }

        @Override
        public int dimension() {
            return model.dimension();
        }

        @Override
        public OptionalLong expected() {
            return OptionalLong.of(model.words.size());
        }

        @Override
        public boolean next() {
            return ++word < model.words.size();
        }

        @Override
        public String word() {
            return model.words.text(word);
        }

        @Override
        public float[] vector() {
            return model.vector(word);
        }

        @Override
        public String place() {
            return "Word " + (word + 1) + " of the model";
        }

        @Override
        public void close() {}
    }
}
