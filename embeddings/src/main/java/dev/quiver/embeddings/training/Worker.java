package dev.quiver.embeddings.training;

import dev.quiver.embeddings.training.Sentences.Consumer;
import java.util.Arrays;

/** What one thread does with a sentence: leaves out some of the frequent words, and makes inputs and targets of the others. */
final class Worker implements Consumer {
    /** A sentence is cut here, as in fastText, so that a text without line ends works. */
    static final int LONGEST = 1024;

    private final Trainer trainer;
    private final TrainingSettings settings;
    private final SplitMix random = new SplitMix(0);
    private final Step step;
    private int[] targets;
    private int[] inputs = new int[1024];

    private long newSentences;
    private long newTokens;
    private float rate;

    Worker(Trainer trainer) {
        this.trainer = trainer;
        this.settings = trainer.settings();
        this.step = new Step(trainer.input, trainer.output, trainer.negatives, settings.neg(), random);
        this.targets = new int[2 * settings.ws()];
    }

    double takeLoss() {
        return step.takeLoss();
    }

    long takeExamples() {
        return step.takeExamples();
    }

    void chunk(int epoch, int chunk, long number) {
        random.seed(settings.seed(), number);
        settle();
        trainer.corpus().read(epoch, chunk, this);
        settle();
    }

    private void settle() {
        trainer.sentences.addAndGet(newSentences);
        trainer.tokens.addAndGet(newTokens);
        newSentences = 0;
        newTokens = 0;
        rate = (float) (settings.lr() * (1 - trainer.done()));
    }

    @Override
    public void sentence(int[] words, int length, int ordinal) {
        int kept = 0;
        for (int i = 0; i < length; i++) {
            float keep = trainer.keep[words[i]];
            if (keep >= 1 || random.nextFloat() <= keep) {
                words[kept++] = words[i];
            }
        }
        switch (settings.architecture()) {
            case SKIPGRAM -> skipGram(words, kept, false);
            case BASKET -> {
                shuffle(words, kept);
                skipGram(words, kept, true);
            }
            case CBOW -> context(words, kept, -1);
            case DOCUMENT_CONTEXT -> context(words, kept, trainer.firstDocument() + ordinal);
            case DOCUMENT_WORDS -> {
                inputs[0] = trainer.firstDocument() + ordinal;
                step.train(inputs, 1, 1, words, kept, rate);
            }
        }
        newSentences++;
        newTokens += length;
        if (newTokens >= Trainer.TOKENS_A_RATE) {
            settle();
        }
    }

    private void skipGram(int[] words, int n, boolean whole) {
        int ws = settings.ws();
        for (int w = 0; w < n; w++) {
            int reach = whole ? ws : 1 + random.nextInt(ws);
            int count = 0;
            for (int c = Math.max(0, w - reach); c <= Math.min(n - 1, w + reach); c++) {
                if (c != w && !(whole && words[c] == words[w])) {
                    targets[count++] = words[c];
                }
            }
            int word = words[w];
            step.train(trainer.parts[word], trainer.parts[word].length, trainer.gains[word], targets, count, rate);
        }
    }

    /** @param document its row, or -1 */
    private void context(int[] words, int n, int document) {
        int ws = settings.ws();
        for (int w = 0; w < n; w++) {
            int reach = 1 + random.nextInt(ws);
            int count = 0;
            if (document >= 0) {
                inputs[count++] = document;
            }
            for (int c = Math.max(0, w - reach); c <= Math.min(n - 1, w + reach); c++) {
                if (c != w) {
                    int[] parts = trainer.parts[words[c]];
                    if (count + parts.length > inputs.length) {
                        inputs = Arrays.copyOf(inputs, 2 * (count + parts.length));
                    }
                    System.arraycopy(parts, 0, inputs, count, parts.length);
                    count += parts.length;
                }
            }
            if (count > 0) {
                targets[0] = words[w];
                step.train(inputs, count, 1, targets, 1, rate);
            }
        }
    }

    private void shuffle(int[] words, int n) {
        for (int i = n - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = words[i];
            words[i] = words[j];
            words[j] = swapped;
        }
    }
}
