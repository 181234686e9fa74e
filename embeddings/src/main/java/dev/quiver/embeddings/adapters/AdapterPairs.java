package dev.quiver.embeddings.adapters;

import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/** What an adapter is learned from: queries and documents with the vectors that a base model gave them, and which document is relevant to which query. Each vector is kept once, of length 1, on the heap. */
public final class AdapterPairs {
    private final int dimension;
    private final List<float[]> queries;
    private final List<float[]> documents;
    private final int[] pairQueries;
    private final int[] pairDocuments;
    private final float[] weights;
    private final List<Set<Integer>> relevant;
    private final List<int[]> irrelevant;

    private AdapterPairs(Builder b) {
        this.dimension = b.dimension;
        this.queries = b.queries;
        this.documents = b.documents;
        this.pairQueries = new int[b.pairs.size()];
        this.pairDocuments = new int[b.pairs.size()];
        this.weights = new float[b.pairs.size()];
        this.relevant = new ArrayList<>();
        this.irrelevant = new ArrayList<>();
        queries.forEach(_ -> relevant.add(new HashSet<>()));
        int i = 0;
        for (Map.Entry<Long, Float> pair : b.pairs.entrySet()) {
            pairQueries[i] = (int) (pair.getKey() >> 32);
            pairDocuments[i] = (int) (long) pair.getKey();
            weights[i] = pair.getValue();
            relevant.get(pairQueries[i]).add(pairDocuments[i]);
            i++;
        }
        b.known.forEach((q, documents) -> relevant.get(q).addAll(documents));
        for (int q = 0; q < queries.size(); q++) {
            Set<Integer> wanted = relevant.get(q);
            irrelevant.add(b.irrelevant.getOrDefault(q, List.of()).stream()
                    .filter(d -> !wanted.contains(d))
                    .distinct()
                    .mapToInt(d -> d)
                    .toArray());
        }
    }

    public int dimension() {
        return dimension;
    }

    public int queries() {
        return queries.size();
    }

    public int documents() {
        return documents.size();
    }

    /** Relevant ones. */
    public int pairs() {
        return weights.length;
    }

    /** Padded. */
    float[] query(int i) {
        return queries.get(i);
    }

    float[] document(int i) {
        return documents.get(i);
    }

    int queryOf(int pair) {
        return pairQueries[pair];
    }

    int documentOf(int pair) {
        return pairDocuments[pair];
    }

    float weight(int pair) {
        return weights[pair];
    }

    boolean relevant(int query, int document) {
        return relevant.get(query).contains(document);
    }

    int[] irrelevant(int query) {
        return irrelevant.get(query);
    }

    /** Of everything that a training depends on. */
    long checksum() {
        CRC32C sum = new CRC32C();
        queries.forEach(v -> update(sum, v));
        documents.forEach(v -> update(sum, v));
        update(sum, weights);
        for (int i = 0; i < weights.length; i++) {
            update(sum, new float[] {Float.intBitsToFloat(pairQueries[i]), Float.intBitsToFloat(pairDocuments[i])});
        }
        relevant.forEach(ids -> {
            ids.stream().sorted().forEach(id -> update(sum, new float[] {Float.intBitsToFloat(id)}));
            sum.update(0);
        });
        irrelevant.forEach(ids -> {
            for (int id : ids) {
                update(sum, new float[] {Float.intBitsToFloat(id)});
            }
            sum.update(0);
        });
        return sum.getValue();
    }

    private static void update(CRC32C sum, float[] values) {
        for (float v : values) {
            int bits = Float.floatToRawIntBits(v);
            sum.update(bits);
            sum.update(bits >>> 8);
            sum.update(bits >>> 16);
            sum.update(bits >>> 24);
        }
    }

    /** Collects vectors and pairs. */
    public static final class Builder {
        private final int dimension;
        private final long most;
        private final Map<String, Integer> queryNumbers = new HashMap<>();
        private final Map<String, Integer> documentNumbers = new HashMap<>();
        private final List<float[]> queries = new ArrayList<>();
        private final List<float[]> documents = new ArrayList<>();
        private final Map<Long, Float> pairs = new java.util.LinkedHashMap<>();
        private final Map<Integer, List<Integer>> irrelevant = new HashMap<>();
        private final Map<Integer, Set<Integer>> known = new HashMap<>();

        /** @param dimension of the base model's vectors, up to 4096 */
        public Builder(int dimension) {
            this(dimension, Runtime.getRuntime().maxMemory() / 2);
        }

        Builder(int dimension, long mostBytes) {
            if (dimension < 1 || dimension > Vectors.MAX_DIMENSION) {
                throw new IllegalArgumentException(
                        "The dimension is " + dimension + "; let it be from 1 to " + Vectors.MAX_DIMENSION + ".");
            }
            this.dimension = dimension;
            this.most = mostBytes;
        }

        /** A query that a pair will name. Given once more, the first vector stays. */
        public Builder query(String id, float[] vector) {
            put(id, vector, queryNumbers, queries);
            return this;
        }

        /** Likewise. */
        public Builder document(String id, float[] vector) {
            put(id, vector, documentNumbers, documents);
            return this;
        }

        private void put(String id, float[] vector, Map<String, Integer> numbers, List<float[]> vectors) {
            Vectors.check(vector, dimension, Metric.COSINE);
            if (numbers.putIfAbsent(id, vectors.size()) == null) {
                float[] padded = java.util.Arrays.copyOf(vector, Rows.stride(dimension));
                Rows.normalize(padded);
                vectors.add(padded);
                long bytes = 4L * Rows.stride(dimension) * (queries.size() + documents.size());
                if (bytes > most) {
                    throw new IllegalArgumentException("The vectors take more than " + (most >> 20)
                            + " MB, half of this program's memory. Give fewer pairs, or start it with a larger -Xmx.");
                }
            }
        }

        /**
         * A document that is relevant to a query. A pair that is there twice has the sum of its weights.
         *
         * @param weight above 0, such as how often it was chosen
         */
        public Builder pair(String query, String document, double weight) {
            if (!(weight > 0 && weight <= 1e9)) {
                throw new IllegalArgumentException("The pair of query '" + query + "' and document '" + document
                        + "' has the weight " + weight + "; let it be above 0 and at most 1e9.");
            }
            long key =
                    (long) number(query, queryNumbers, "query") << 32 | number(document, documentNumbers, "document");
            pairs.merge(key, (float) weight, Float::sum);
            return this;
        }

        /** A document that is relevant to a query as well, though not a pair to learn from: of a query with hundreds some are enough, but the others must not be pushed away. */
        public Builder known(String query, String document) {
            known.computeIfAbsent(number(query, queryNumbers, "query"), _ -> new HashSet<>())
                    .add(number(document, documentNumbers, "document"));
            return this;
        }

        /** A document that was looked at and is not relevant to a query. Where the two are a pair as well, the pair counts. */
        public Builder irrelevant(String query, String document) {
            irrelevant
                    .computeIfAbsent(number(query, queryNumbers, "query"), _ -> new ArrayList<>())
                    .add(number(document, documentNumbers, "document"));
            return this;
        }

        private static int number(String id, Map<String, Integer> numbers, String what) {
            Integer number = numbers.get(id);
            if (number == null) {
                throw new IllegalArgumentException(
                        "A pair names the " + what + " '" + id + "', which has no vector. Give its vector first.");
            }
            return number;
        }

        /** @throws IllegalArgumentException if there is nothing to tell apart: less than two queries or documents in pairs */
        public AdapterPairs build() {
            long distinctQueries =
                    pairs.keySet().stream().map(k -> k >> 32).distinct().count();
            if (distinctQueries < 2 || documents.size() < 2) {
                throw new IllegalArgumentException("There are pairs of " + distinctQueries + " queries and "
                        + documents.size() + " documents; at least two of both are wanted to tell them apart.");
            }
            return new AdapterPairs(this);
        }
    }
}
