package dev.quiver.index.text;

import java.util.List;

/** Rows that have words at given distances from each other. Scored as one word whose frequency is how often they stand so. */
final class Phrase implements Leaf {
    private final List<Postings> words;
    private final int[] offsets;
    private final double weight;
    private final double a;
    private final double c;
    private int row = -1;
    private int frequency;

    /**
     * @param words two or more, one for each place, also if it is the same word
     * @param offsets of each place, in ascending order
     */
    Phrase(List<Postings> words, int[] offsets, double weight, double a, double c) {
        this.words = words;
        this.offsets = offsets;
        this.weight = weight;
        this.a = a;
        this.c = c;
    }

    @Override
    public int next(int target) {
        if (target <= row) {
            return row;
        }
        int candidate = target;
        while (true) {
            int met = candidate;
            for (Postings w : words) {
                met = w.next(met);
                if (met == END) {
                    row = END;
                    return row;
                }
            }
            if (met == candidate) {
                frequency = count();
                if (frequency > 0) {
                    row = candidate;
                    return row;
                }
                met++;
            }
            candidate = met;
        }
    }

    private int count() {
        int[][] positions = new int[words.size()][];
        int[] at = new int[positions.length];
        for (int w = 0; w < positions.length; w++) {
            positions[w] = words.get(w).positions();
        }
        int count = 0;
        for (int first : positions[0]) {
            boolean isPhrase = true;
            for (int w = 1; w < positions.length && isPhrase; w++) {
                long wanted = (long) first + offsets[w] - offsets[0];
                int[] of = positions[w];
                while (at[w] < of.length && of[at[w]] < wanted) {
                    at[w]++;
                }
                isPhrase = at[w] < of.length && of[at[w]] == wanted;
            }
            if (isPhrase) {
                count++;
            }
        }
        return count;
    }

    @Override
    public long score() {
        double f = frequency;
        return (long) (weight / UNIT * f / (f + a + c * length()));
    }

    @Override
    public int frequency() {
        return frequency;
    }

    @Override
    public int length() {
        return words.getFirst().length();
    }

    @Override
    public double bound(int from, int to) {
        double least = 1;
        for (Postings w : words) {
            least = Math.min(least, w.saturation(from, to));
        }
        return weight * least;
    }
}
