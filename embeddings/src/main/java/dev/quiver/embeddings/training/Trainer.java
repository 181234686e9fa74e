package dev.quiver.embeddings.training;

import dev.quiver.embeddings.Matrix;
import dev.quiver.embeddings.words.Subwords;
import dev.quiver.embeddings.words.Vocabulary;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * Trains vectors by negative sampling on all cores. Threads take chunks of the corpus one after the other, epoch by epoch, and seed their random numbers with the chunk; so all
 * that a checkpoint has to remember, beside the vectors, is how many chunks are done, and a training that goes on from one ends, on one thread, with the same bits.
 */
public final class Trainer {
    /** Words between two looks at the learning rate. */
    static final int TOKENS_A_RATE = 1000;

    private static final long TELL_NANOS = 1_000_000_000;

    private final Vocabulary vocabulary;
    private final Sentences corpus;
    private final TrainingSettings settings;
    private final int documents;
    private final Optional<Checkpoints> checkpoints;
    private final TrainingStatus.Listener listener;

    final Matrix input;
    final Matrix output;
    final AliasTable negatives;
    final float[] keep;
    final int[][] parts;
    final float[] gains;

    private final AtomicLong work = new AtomicLong();
    final AtomicLong sentences = new AtomicLong();
    final AtomicLong tokens = new AtomicLong();
    private double lossSum;
    private long lossExamples;

    private final Object gate = new Object();
    private volatile boolean pausing;
    private int standing;
    private int running;

    /**
     * @param documents how many rows of their own they have, see {@link Architecture#documents}
     * @param listener may be null
     * @throws IllegalArgumentException if there is nothing to learn from, or not enough memory
     */
    public Trainer(
            Vocabulary vocabulary,
            Sentences corpus,
            TrainingSettings settings,
            int documents,
            Optional<Checkpoints> checkpoints,
            TrainingStatus.Listener listener) {
        this.vocabulary = vocabulary;
        this.corpus = corpus;
        this.settings = settings;
        this.documents = documents;
        this.checkpoints = checkpoints;
        this.listener = listener;
        int words = vocabulary.size();
        if (words < 2) {
            throw new IllegalArgumentException("The vocabulary has "
                    + (words == 0 ? "no word" : "one word, '" + vocabulary.text(0) + "'")
                    + ": there is nothing to tell words apart by. Give a larger corpus, or a lower minCount (it is "
                    + settings.minCount() + ").");
        }
        Subwords subwords = settings.subwords();
        long rows = (long) words + subwords.buckets() + documents;
        long bytes = Matrix.bytes(rows, settings.dim()) + Matrix.bytes(words, settings.dim());
        if (rows > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(rows + " vectors are too many. Raise minCount or lower bucket.");
        }
        long free = MachineMemory.available();
        if (bytes > free) {
            throw new IllegalArgumentException("The vectors take " + (bytes >> 20) + " MiB, and this machine has "
                    + (free >> 20) + " MiB. Raise minCount, or lower bucket or dim.");
        }
        input = new Matrix((int) rows, settings.dim());
        output = new Matrix(words, settings.dim());
        negatives = new AliasTable(words, w -> Math.pow(Math.max(1, vocabulary.count(w)), settings.power()));
        keep = keep(vocabulary, settings.t());
        parts = new int[words][];
        gains = new float[words];
        for (int w = 0; w < words; w++) {
            parts[w] = parts(vocabulary, subwords, w);
            gains[w] = Step.gain(parts[w], parts[w].length);
        }
    }

    /** Rows of a word: its own, and those of its n-grams. */
    private static int[] parts(Vocabulary vocabulary, Subwords subwords, int word) {
        byte[] bytes = vocabulary.word(word);
        if (subwords.maxn() == 0 || vocabulary.text(word).equals(Subwords.LINE_END)) {
            return new int[] {word};
        }
        int[] buckets = subwords.of(bytes);
        int[] rows = new int[buckets.length + 1];
        rows[0] = word;
        for (int i = 0; i < buckets.length; i++) {
            rows[i + 1] = vocabulary.size() + buckets[i];
        }
        return rows;
    }

    /** With which probability a word stays, as in fastText. */
    private static float[] keep(Vocabulary vocabulary, double t) {
        float[] keep = new float[vocabulary.size()];
        for (int w = 0; w < keep.length; w++) {
            double f = (double) vocabulary.count(w) / Math.max(1, vocabulary.tokens());
            keep[w] = t == 0 || f == 0 ? 1 : (float) Math.min(1, Math.sqrt(t / f) + t / f);
        }
        return keep;
    }

    TrainingSettings settings() {
        return settings;
    }

    Sentences corpus() {
        return corpus;
    }

    /** The first row of the documents. */
    int firstDocument() {
        return vocabulary.size() + settings.subwords().buckets();
    }

    /** Rows of words, n-gram buckets and documents, in this order. */
    public Matrix input() {
        return input;
    }

    /** A row a word. */
    public Matrix output() {
        return output;
    }

    /** A document's vector. */
    public float[] document(int ordinal) {
        return input.row(firstDocument() + java.util.Objects.checkIndex(ordinal, documents));
    }

    double done() {
        return Math.min(1, (double) sentences.get() / Math.max(1, corpus.sentences() * settings.epoch()));
    }

    /** Trains to the end, from the last checkpoint if there is one. */
    public void train() throws IOException, InterruptedException {
        long all = (long) corpus.chunks() * settings.epoch();
        String fingerprint = Fingerprint.of(settings, vocabulary, corpus, documents);
        long done = 0;
        Optional<Checkpoints.Saved> saved =
                checkpoints.isEmpty() ? Optional.empty() : checkpoints.get().load(fingerprint, input, output);
        if (saved.isPresent()) {
            done = saved.get().work();
            sentences.set(saved.get().sentences());
            tokens.set(saved.get().tokens());
        } else {
            initialize();
        }
        work.set(done);
        int threads = (int) Math.max(1, Math.min(settings.threads(), all - done));
        running = threads;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicBoolean stop = new AtomicBoolean();
        CountDownLatch finished = new CountDownLatch(threads);
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            workers.add(Thread.ofPlatform().name("trainer-" + i).daemon().start(() -> {
                try {
                    run(all, stop);
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                    stop.set(true);
                } finally {
                    synchronized (gate) {
                        running--;
                        gate.notifyAll();
                    }
                    finished.countDown();
                }
            }));
        }
        long began = System.nanoTime();
        long tokensBefore = tokens.get();
        long saveAt = began;
        long tellAt = began;
        try {
            while (!finished.await(50, TimeUnit.MILLISECONDS)) {
                if (System.nanoTime() - tellAt >= TELL_NANOS) {
                    tell(began, tokensBefore);
                    tellAt = System.nanoTime();
                }
                if (checkpoints.isPresent()
                        && System.nanoTime() - saveAt
                                >= checkpoints.get().interval().toNanos()) {
                    save(fingerprint, stop);
                    saveAt = System.nanoTime();
                }
            }
        } finally {
            // Also when the waiting was interrupted: nobody goes on with memory that may be given back.
            stop.set(true);
            synchronized (gate) {
                pausing = false;
                gate.notifyAll();
            }
            for (Thread worker : workers) {
                worker.join();
            }
        }
        if (failure.get() != null) {
            throw new IllegalStateException("The training failed: " + failure.get(), failure.get());
        }
        tell(began, tokensBefore);
    }

    private void run(long all, AtomicBoolean stop) throws InterruptedException {
        Worker worker = new Worker(this);
        while (!stop.get()) {
            long next;
            synchronized (gate) {
                if (pausing) {
                    standing++;
                    gate.notifyAll();
                    while (pausing) {
                        gate.wait();
                    }
                    standing--;
                }
                next = work.get();
                if (next >= all) {
                    return;
                }
                work.set(next + 1);
            }
            worker.chunk((int) (next / corpus.chunks()), (int) (next % corpus.chunks()), next);
            synchronized (gate) {
                lossSum += worker.takeLoss();
                lossExamples += worker.takeExamples();
            }
        }
    }

    /** Lets all threads finish their chunk and stand still meanwhile: then the chunks that are done are the first ones. */
    private void save(String fingerprint, AtomicBoolean stop) throws IOException, InterruptedException {
        synchronized (gate) {
            pausing = true;
            try {
                while (standing < running) {
                    gate.wait();
                }
                if (running > 0 && !stop.get()) {
                    checkpoints
                            .get()
                            .save(
                                    new Checkpoints.Saved(work.get(), sentences.get(), tokens.get()),
                                    fingerprint,
                                    input,
                                    output);
                }
            } finally {
                pausing = false;
                gate.notifyAll();
            }
        }
    }

    private void tell(long began, long tokensBefore) {
        if (listener == null) {
            return;
        }
        double loss;
        synchronized (gate) {
            loss = lossExamples == 0 ? Double.NaN : lossSum / lossExamples;
            lossSum = 0;
            lossExamples = 0;
        }
        double seconds = Math.max(1e-9, (System.nanoTime() - began) / 1e9);
        double speed = (tokens.get() - tokensBefore) / seconds;
        double done = done();
        double left = (1 - done) * corpus.tokens() * settings.epoch() / Math.max(1, speed);
        listener.at(new TrainingStatus(
                done, tokens.get(), speed, loss, settings.lr() * (1 - done), Duration.ofSeconds((long)
                        Math.min(left, 1e9))));
    }

    /** As fastText: inputs between -1/dim and 1/dim, outputs zero. A row's values depend on the seed and the row only. */
    private void initialize() {
        float bound = 1f / settings.dim();
        IntStream.range(0, settings.threads()).parallel().forEach(part -> {
            SplitMix random = new SplitMix(0);
            float[] values = new float[settings.dim()];
            for (int row = part; row < input.rows(); row += settings.threads()) {
                random.seed(settings.seed() ^ 0x5EED, row);
                for (int i = 0; i < values.length; i++) {
                    values[i] = (2 * random.nextFloat() - 1) * bound;
                }
                input.set(row, values);
            }
        });
    }
}
