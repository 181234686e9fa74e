package dev.quiver.embeddings.adapters;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How an adapter is learned.
 *
 * @param rank 0 for a map of all dim · dim weights; otherwise that of the low-rank one, with 2 · dim · rank weights
 * @param bias whether a vector is added as well
 * @param sides what is mapped
 * @param temperature what cosines are divided by before the softmax; a smaller one looks at the nearest wrong documents only
 * @param symmetric whether documents have to find their queries, too
 * @param epoch how often the pairs are read at most
 * @param batch pairs in a step; the documents of the others are what a query's own is told from
 * @param hard how many of a query's known irrelevant documents are drawn for each of its pairs
 * @param lr learning rate of Adam at the start; it falls to 0
 * @param decay how strongly the map is drawn to the one that changes nothing (AdamW's weight decay)
 * @param heldOut share of the queries that are not learned from but tell when to stop; 0 to learn from all for all epochs
 * @param patience epochs without a smaller loss on the queries held out, after which training ends
 */
public record AdapterSettings(
        int rank,
        boolean bias,
        Sides sides,
        double temperature,
        boolean symmetric,
        int epoch,
        int batch,
        int hard,
        double lr,
        double decay,
        double heldOut,
        int patience,
        long seed) {
    public AdapterSettings {
        within("rank", rank, 0, 4096);
        within("epoch", epoch, 1, 100_000);
        within("batch", batch, 2, 4096);
        within("hard", hard, 0, 64);
        within("patience", patience, 1, 100_000);
        if (!(temperature >= 0.001 && temperature <= 10)) {
            throw new IllegalArgumentException("temperature is " + temperature + "; let it be from 0.001 to 10.");
        }
        if (!(lr > 0 && lr <= 1)) {
            throw new IllegalArgumentException("lr is " + lr + "; let it be above 0 and at most 1.");
        }
        if (!(decay >= 0 && decay * lr < 1)) {
            throw new IllegalArgumentException("decay is " + decay + "; let it be at least 0 and below 1 / lr.");
        }
        if (!(heldOut >= 0 && heldOut <= 0.5)) {
            throw new IllegalArgumentException("heldOut is " + heldOut + "; let it be from 0 to 0.5.");
        }
    }

    private static void within(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    name + " is " + value + "; let it be from " + least + " to " + most + ".");
        }
    }

    /** For some hundred to some ten thousand pairs. */
    public static AdapterSettings defaults() {
        return new Builder().build();
    }

    /** Settings, one of which is to be another. */
    public static Builder builder() {
        return new Builder();
    }

    /** Under their names, as {@code model.json} has them. */
    Map<String, Object> asMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("rank", rank);
        map.put("bias", bias);
        map.put("sides", sides.toString());
        map.put("temperature", temperature);
        map.put("symmetric", symmetric);
        map.put("epoch", epoch);
        map.put("batch", batch);
        map.put("hard", hard);
        map.put("lr", lr);
        map.put("decay", decay);
        map.put("heldOut", heldOut);
        map.put("patience", patience);
        map.put("seed", seed);
        return map;
    }

    /** Begins with the defaults. */
    public static final class Builder {
        private int rank;
        private boolean bias;
        private Sides sides = Sides.BOTH;
        private double temperature = 0.05;
        private boolean symmetric = true;
        private int epoch = 50;
        private int batch = 64;
        private int hard = 4;
        private double lr = 1e-4;
        private double decay = 0.1;
        private double heldOut = 0.2;
        private int patience = 5;
        private long seed;

        public Builder rank(int value) {
            rank = value;
            return this;
        }

        public Builder bias(boolean value) {
            bias = value;
            return this;
        }

        public Builder sides(Sides value) {
            sides = value;
            return this;
        }

        public Builder temperature(double value) {
            temperature = value;
            return this;
        }

        public Builder symmetric(boolean value) {
            symmetric = value;
            return this;
        }

        public Builder epoch(int value) {
            epoch = value;
            return this;
        }

        public Builder batch(int value) {
            batch = value;
            return this;
        }

        public Builder hard(int value) {
            hard = value;
            return this;
        }

        public Builder lr(double value) {
            lr = value;
            return this;
        }

        public Builder decay(double value) {
            decay = value;
            return this;
        }

        public Builder heldOut(double value) {
            heldOut = value;
            return this;
        }

        public Builder patience(int value) {
            patience = value;
            return this;
        }

        public Builder seed(long value) {
            seed = value;
            return this;
        }

        public AdapterSettings build() {
            return new AdapterSettings(
                    rank, bias, sides, temperature, symmetric, epoch, batch, hard, lr, decay, heldOut, patience, seed);
        }
    }
}
