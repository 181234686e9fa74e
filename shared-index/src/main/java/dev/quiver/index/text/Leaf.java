package dev.quiver.index.text;

/** The rows that have something, in ascending order, each with a score. Goes forward only. */
interface Leaf {
    /** After the last row. */
    int END = Integer.MAX_VALUE;

    /** Scores are whole multiples of this, so that a sum does not depend on its order. */
    double UNIT = 1.0 / (1L << 32);

    /** The first row that is not before {@code row}. */
    int next(int row);

    /** Of the row that {@link #next} gave, in {@link #UNIT}s. */
    long score();

    /** How often the row that {@link #next} gave has it. */
    int frequency();

    /** Words that this row has in the field. */
    int length();

    /** At least the greatest score among the rows from {@code from} to before {@code to}. Ranges come in ascending order, none before the row that {@link #next} gave last. */
    double bound(int from, int to);

    /**
     * Adds the scores of the rows from {@code from} to before {@code to}.
     *
     * @param sums of each row less {@code from}
     * @param found gets a bit for each
     */
    default void accumulate(int from, int to, long[] sums, long[] found) {
        for (int row = next(from); row < to; row = next(row + 1)) {
            int i = row - from;
            sums[i] += score();
            found[i >>> 6] |= 1L << i;
        }
    }
}
