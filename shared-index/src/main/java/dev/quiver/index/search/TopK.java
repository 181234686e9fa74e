package dev.quiver.index.search;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The k best candidates seen so far: a binary heap with the worst at the root, in primitive arrays. */
public final class TopK {

    /** @param block which rows, in the order they were scanned; {@code row} is the position in them */
    public record Candidate(int block, int row, float similarity) {}

    private final float[] similarities;
    private final long[] places;
    private final float floor;
    private int size;

    /** @param floor candidates below it are not taken; {@link Float#NEGATIVE_INFINITY} for none */
    public TopK(int k, float floor) {
        this.similarities = new float[k];
        this.places = new long[k];
        this.floor = floor == Float.NEGATIVE_INFINITY ? floor : Math.nextDown(floor);
    }

    /** Only a candidate above this can enter. */
    public float threshold() {
        return size < similarities.length ? floor : Math.max(floor, similarities[0]);
    }

    /** Takes a candidate whose similarity is above {@link #threshold}. */
    public void add(int block, int row, float similarity) {
        long place = (long) block << 32 | row;
        int i;
        if (size < similarities.length) {
            i = size++;
            while (i > 0 && similarities[(i - 1) >>> 1] > similarity) {
                int parent = (i - 1) >>> 1;
                similarities[i] = similarities[parent];
                places[i] = places[parent];
                i = parent;
            }
        } else {
            i = 0;
            for (int child; (child = 2 * i + 1) < size; i = child) {
                if (child + 1 < size && similarities[child + 1] < similarities[child]) {
                    child++;
                }
                if (similarities[child] >= similarity) {
                    break;
                }
                similarities[i] = similarities[child];
                places[i] = places[child];
            }
        }
        similarities[i] = similarity;
        places[i] = place;
    }

    /** The candidates, best first; equals in the order of their place. */
    public List<Candidate> best() {
        List<Candidate> best = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            best.add(new Candidate((int) (places[i] >>> 32), (int) places[i], similarities[i]));
        }
        best.sort(Comparator.comparing(Candidate::similarity, Comparator.reverseOrder())
                .thenComparing(Candidate::block)
                .thenComparing(Candidate::row));
        return best;
    }
}
