package dev.quiver.embeddings.adapters;

import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.ModelFolder;
import dev.quiver.embeddings.ModelFolder.Description;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A linear map behind any model of embeddings, learned by {@link AdapterTraining} so that queries come to lie near what is relevant to them. The model stays as it is, its vectors are kept, and a vector more takes dim · dim
 * multiplications: a ten-thousandth of what the model took. Either W·x + b, or, with 2 · rank · dim weights, x + U·(V·x) + b.
 *
 * <p>Vectors are made as long as 1 before and after, so a collection of them wants the metric {@code cosine}. Safe for many threads.
 *
 * <p>In its folder {@code adapter.safetensors} has, in float32, {@code linear.weight} of shape [dim, dim], which with {@code linear.bias} [dim] is a Dense layer of sentence-transformers; of low rank {@code down.weight}
 * [rank, dim] and {@code up.weight} [dim, rank] instead.
 */
public final class Adapter {
    /** The family in {@code model.json}. */
    public static final String FAMILY = "adapter";
    /** Its weights. */
    public static final String WEIGHTS = "adapter.safetensors";

    static final String BASE = "base";
    static final String SIDES = "sides";

    private final String base;
    private final Sides sides;
    private final int dimension;
    private final int rank;
    /** W, or V. */
    private final float[] in;
    /** U, or null. */
    private final float[] out;

    private final float[] bias;

    /**
     * @param in dim rows, or rank ones, each padded
     * @param out null, or dim rows of rank values, each padded
     * @param bias null or padded
     */
    Adapter(String base, Sides sides, int dimension, int rank, float[] in, float[] out, float[] bias) {
        this.base = base;
        this.sides = sides;
        this.dimension = dimension;
        this.rank = rank;
        this.in = in;
        this.out = out;
        this.bias = bias;
    }

    /** The model whose vectors it maps. */
    public String base() {
        return base;
    }

    public Sides sides() {
        return sides;
    }

    public int dimension() {
        return dimension;
    }

    /** 0 if it is not of low rank. */
    public int rank() {
        return rank;
    }

    /**
     * What a query is searched with: mapped if queries are, as it is if not.
     *
     * @throws dev.quiver.index.vector.InvalidVectorException if it is of another dimension, zero or not finite
     */
    public float[] query(float[] vector) {
        return sides.queries() ? map(vector) : vector;
    }

    /** What a document is kept with, likewise. */
    public float[] document(float[] vector) {
        return sides.documents() ? map(vector) : vector;
    }

    private float[] map(float[] vector) {
        Vectors.check(vector, dimension, Metric.COSINE);
        int stride = Rows.stride(dimension);
        float[] x = Arrays.copyOf(vector, stride);
        Rows.normalize(x);
        float[] y;
        if (out == null) {
            y = Rows.product(in, dimension, x);
        } else {
            y = Rows.product(out, dimension, Rows.product(in, rank, x));
            Rows.add(x, y);
        }
        if (bias != null) {
            Rows.add(bias, y);
        }
        // What a map takes to zero has no direction any more; its own one is the best that is left.
        return Arrays.copyOf(Rows.normalize(y) > 1e-12f ? y : x, dimension);
    }

    /** Writes the weights; {@code model.json} is left to who knows the rest. */
    void write(Path folder) throws IOException {
        Map<String, SafeTensors.Tensor> tensors = new LinkedHashMap<>();
        if (out == null) {
            tensors.put("linear.weight", SafeTensors.Tensor.packed(in, dimension, dimension));
        } else {
            tensors.put("down.weight", SafeTensors.Tensor.packed(in, rank, dimension));
            tensors.put("up.weight", SafeTensors.Tensor.packed(out, dimension, rank));
        }
        if (bias != null) {
            tensors.put("linear.bias", new SafeTensors.Tensor(new int[] {dimension}, Arrays.copyOf(bias, dimension)));
        }
        SafeTensors.write(folder.resolve(WEIGHTS), tensors);
    }

    /**
     * Reads the folder that a training wrote.
     *
     * @throws InvalidModelException if it is none of an adapter, or was damaged
     */
    public static Adapter read(Path folder) throws IOException {
        Description d = ModelFolder.read(folder);
        if (!FAMILY.equals(d.family())) {
            throw new InvalidModelException(
                    folder + " is a model of the family " + d.family() + " and no adapter. Name the folder of one.");
        }
        if (d.files().stream().noneMatch(f -> f.name().equals(WEIGHTS))) {
            throw invalid(folder, "names no " + WEIGHTS);
        }
        if (!(d.settings().get(BASE) instanceof String base) || base.isBlank()) {
            throw invalid(folder, "does not say the base model");
        }
        Sides sides = Sides.of(String.valueOf(d.settings().get(SIDES)))
                .orElseThrow(() -> invalid(
                        folder, "has the sides '" + d.settings().get(SIDES) + "' and not queries, documents or both"));
        int dimension = d.dimension();
        if (dimension < 1 || dimension > Vectors.MAX_DIMENSION) {
            throw invalid(folder, "has the dimension " + dimension);
        }
        return read(folder.resolve(WEIGHTS), base, sides, dimension);
    }

    /**
     * Reads the weights alone, for who knows the rest.
     *
     * @throws InvalidModelException if they are not those of such an adapter
     */
    public static Adapter read(Path file, String base, Sides sides, int dimension) throws IOException {
        Map<String, SafeTensors.Tensor> tensors = SafeTensors.read(file);
        SafeTensors.Tensor down = tensors.get("down.weight");
        SafeTensors.Tensor b = tensors.get("linear.bias");
        float[] bias = b == null
                ? null
                : Arrays.copyOf(b.expect(file, "linear.bias", dimension).values(), Rows.stride(dimension));
        if (down == null) {
            return new Adapter(
                    base,
                    sides,
                    dimension,
                    0,
                    tensor(tensors, file, "linear.weight")
                            .expect(file, "linear.weight", dimension, dimension)
                            .padded(),
                    null,
                    bias);
        }
        int rank = down.shape()[0];
        return new Adapter(
                base,
                sides,
                dimension,
                rank,
                down.expect(file, "down.weight", rank, dimension).padded(),
                tensor(tensors, file, "up.weight")
                        .expect(file, "up.weight", dimension, rank)
                        .padded(),
                bias);
    }

    private static SafeTensors.Tensor tensor(Map<String, SafeTensors.Tensor> tensors, Path file, String name) {
        SafeTensors.Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new InvalidModelException(
                    file + " has no tensor " + name + " but " + tensors.keySet() + ". Train the adapter once more.");
        }
        return tensor;
    }

    private static InvalidModelException invalid(Path folder, String what) {
        return new InvalidModelException(
                folder.resolve(ModelFolder.DESCRIPTION) + " " + what + ". Train the adapter once more.");
    }
}
