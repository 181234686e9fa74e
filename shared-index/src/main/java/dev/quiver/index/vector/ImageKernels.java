package dev.quiver.index.vector;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.graalvm.nativeimage.PinnedObject;
import org.graalvm.nativeimage.c.CContext;
import org.graalvm.nativeimage.c.function.CFunction;
import org.graalvm.nativeimage.c.function.CLibrary;
import org.graalvm.nativeimage.c.type.CCharPointer;
import org.graalvm.nativeimage.c.type.CTypeConversion;
import org.graalvm.word.PointerBase;
import org.graalvm.word.WordFactory;

/**
 * The kernels in C in a native image, where they are linked in. Only an image loads this class: the JVM does not need GraalVM's annotations. The calls make no transition: garbage collection waits for their end, as on the
 * JVM.
 */
@CContext(ImageLibrary.class)
@CLibrary(value = KernelLibrary.NAME, requireStatic = true)
final class ImageKernels extends NativeKernels {

    private ImageKernels(int variant, String name) {
        super(variant, name);
    }

    /** Those that this machine can run, the fastest first. */
    static List<ImageKernels> variants() {
        if (interfaceNumber() != INTERFACE) {
            throw new IllegalStateException("The kernels in C have interface " + interfaceNumber());
        }
        List<ImageKernels> variants = new ArrayList<>();
        for (int v = 0; v < variantCount(); v++) {
            CCharPointer name = variantName(v);
            if (name.isNonNull()) {
                variants.add(new ImageKernels(v, CTypeConversion.toJavaString(name)));
            }
        }
        return List.copyOf(variants);
    }

    @CFunction(value = "quiver_kernels_interface", transition = CFunction.Transition.NO_TRANSITION)
    private static native int interfaceNumber();

    @CFunction(value = "quiver_kernels_variants", transition = CFunction.Transition.NO_TRANSITION)
    private static native int variantCount();

    @CFunction(value = "quiver_kernels_name", transition = CFunction.Transition.NO_TRANSITION)
    private static native CCharPointer variantName(int variant);

    @CFunction(value = "quiver_dot", transition = CFunction.Transition.NO_TRANSITION)
    private static native void dot(
            int variant,
            PointerBase rows,
            long offset,
            int count,
            PointerBase query,
            int dimension,
            PointerBase scores);

    @CFunction(value = "quiver_squared_distance", transition = CFunction.Transition.NO_TRANSITION)
    private static native void squaredDistance(
            int variant,
            PointerBase rows,
            long offset,
            int count,
            PointerBase query,
            int dimension,
            PointerBase scores);

    @CFunction(value = "quiver_dot_int8", transition = CFunction.Transition.NO_TRANSITION)
    private static native void dotInt8(
            int variant,
            PointerBase rows,
            long offset,
            int count,
            PointerBase query,
            int dimension,
            PointerBase scores);

    @CFunction(value = "quiver_dot_at", transition = CFunction.Transition.NO_TRANSITION)
    private static native int dotAt(
            int variant,
            PointerBase rows,
            long limit,
            PointerBase ordinals,
            int count,
            PointerBase query,
            int dimension,
            PointerBase scores);

    @CFunction(value = "quiver_squared_distance_at", transition = CFunction.Transition.NO_TRANSITION)
    private static native int squaredDistanceAt(
            int variant,
            PointerBase rows,
            long limit,
            PointerBase ordinals,
            int count,
            PointerBase query,
            int dimension,
            PointerBase scores);

    @CFunction(value = "quiver_dot_int8_at", transition = CFunction.Transition.NO_TRANSITION)
    private static native int dotInt8At(
            int variant,
            PointerBase rows,
            long limit,
            PointerBase ordinals,
            int count,
            PointerBase query,
            int dimension,
            PointerBase scores);

    @CFunction(value = "quiver_estimate", transition = CFunction.Transition.NO_TRANSITION)
    private static native void estimate(
            int variant,
            PointerBase blocks,
            long offset,
            int count,
            long next,
            PointerBase table,
            int pairs,
            float base,
            float low,
            float step,
            float threshold,
            PointerBase estimates,
            PointerBase passed);

    @CFunction(value = "quiver_collect", transition = CFunction.Transition.NO_TRANSITION)
    private static native int collect(
            int variant,
            PointerBase blocks,
            long limit,
            PointerBase runs,
            PointerBase bases,
            int from,
            int to,
            PointerBase table,
            int pairs,
            float low,
            float step,
            PointerBase allowed,
            long words,
            int wanted,
            int size,
            PointerBase keys);

    @CFunction(value = "quiver_select", transition = CFunction.Transition.NO_TRANSITION)
    private static native void select(int variant, int size, int wanted, PointerBase keys);

    @CFunction(value = "quiver_rotate", transition = CFunction.Transition.NO_TRANSITION)
    private static native void rotate(int variant, PointerBase signs, int dimension, PointerBase x);

    @CFunction(value = "quiver_nearest", transition = CFunction.Transition.NO_TRANSITION)
    private static native void nearest(
            int variant,
            PointerBase rows,
            int first,
            int count,
            int dimension,
            PointerBase panels,
            int panelCount,
            PointerBase bias,
            PointerBase best,
            PointerBase score);

    /** To be followed by a fence: memory lives as long as its segment is reachable, and an address reaches nothing. */
    private static PointerBase address(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("Rows and queries lie off the heap.");
        }
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("The memory has been freed.");
        }
        return WordFactory.pointer(segment.address());
    }

    private static PointerBase address(PinnedObject array) {
        return array.addressOfArrayElement(0);
    }

    @Override
    void callDot(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] into) {
        try (PinnedObject scores = PinnedObject.create(into)) {
            dot(variant, address(rows), offset, count, address(query), dimension, address(scores));
        } finally {
            Reference.reachabilityFence(rows);
            Reference.reachabilityFence(query);
        }
    }

    @Override
    void callSquaredDistance(
            MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] into) {
        try (PinnedObject scores = PinnedObject.create(into)) {
            squaredDistance(variant, address(rows), offset, count, address(query), dimension, address(scores));
        } finally {
            Reference.reachabilityFence(rows);
            Reference.reachabilityFence(query);
        }
    }

    @Override
    void callDotInt8(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, int[] into) {
        try (PinnedObject scores = PinnedObject.create(into)) {
            dotInt8(variant, address(rows), offset, count, address(query), dimension, address(scores));
        } finally {
            Reference.reachabilityFence(rows);
            Reference.reachabilityFence(query);
        }
    }

    @Override
    int callDotAt(
            MemorySegment rows,
            long limit,
            int[] ordinals,
            int count,
            MemorySegment query,
            int dimension,
            float[] into) {
        try (PinnedObject wanted = PinnedObject.create(ordinals);
                PinnedObject scores = PinnedObject.create(into)) {
            return dotAt(
                    variant, address(rows), limit, address(wanted), count, address(query), dimension, address(scores));
        } finally {
            Reference.reachabilityFence(rows);
            Reference.reachabilityFence(query);
        }
    }

    @Override
    int callSquaredDistanceAt(
            MemorySegment rows,
            long limit,
            int[] ordinals,
            int count,
            MemorySegment query,
            int dimension,
            float[] into) {
        try (PinnedObject wanted = PinnedObject.create(ordinals);
                PinnedObject scores = PinnedObject.create(into)) {
            return squaredDistanceAt(
                    variant, address(rows), limit, address(wanted), count, address(query), dimension, address(scores));
        } finally {
            Reference.reachabilityFence(rows);
            Reference.reachabilityFence(query);
        }
    }

    @Override
    int callDotInt8At(
            MemorySegment rows, long limit, int[] ordinals, int count, MemorySegment query, int dimension, int[] into) {
        try (PinnedObject wanted = PinnedObject.create(ordinals);
                PinnedObject scores = PinnedObject.create(into)) {
            return dotInt8At(
                    variant, address(rows), limit, address(wanted), count, address(query), dimension, address(scores));
        } finally {
            Reference.reachabilityFence(rows);
            Reference.reachabilityFence(query);
        }
    }

    @Override
    void callEstimate(
            MemorySegment blocks,
            long offset,
            int count,
            long next,
            byte[] table,
            int pairs,
            float base,
            float low,
            float step,
            float threshold,
            float[] estimates,
            long[] passed) {
        try (PinnedObject entries = PinnedObject.create(table);
                PinnedObject into = PinnedObject.create(estimates);
                PinnedObject words = PinnedObject.create(passed)) {
            estimate(
                    variant,
                    address(blocks),
                    offset,
                    count,
                    next,
                    address(entries),
                    pairs,
                    base,
                    low,
                    step,
                    threshold,
                    address(into),
                    address(words));
        } finally {
            Reference.reachabilityFence(blocks);
        }
    }

    @Override
    int callCollect(
            MemorySegment blocks,
            long limit,
            int[] runs,
            float[] bases,
            int from,
            int to,
            byte[] table,
            int pairs,
            float low,
            float step,
            long[] allowed,
            int wanted,
            int size,
            long[] keys) {
        try (PinnedObject numbers = PinnedObject.create(runs);
                PinnedObject similarities = PinnedObject.create(bases);
                PinnedObject entries = PinnedObject.create(table);
                PinnedObject bits = allowed == null ? null : PinnedObject.create(allowed);
                PinnedObject kept = PinnedObject.create(keys)) {
            return collect(
                    variant,
                    address(blocks),
                    limit,
                    address(numbers),
                    address(similarities),
                    from,
                    to,
                    address(entries),
                    pairs,
                    low,
                    step,
                    bits == null ? WordFactory.nullPointer() : address(bits),
                    bits == null ? 0 : allowed.length,
                    wanted,
                    size,
                    address(kept));
        } finally {
            Reference.reachabilityFence(blocks);
        }
    }

    @Override
    void callSelect(int size, int wanted, long[] keys) {
        try (PinnedObject kept = PinnedObject.create(keys)) {
            select(variant, size, wanted, address(kept));
        }
    }

    @Override
    void callRotate(float[] signs, int dimension, float[] x) {
        try (PinnedObject scaled = PinnedObject.create(signs);
                PinnedObject vector = PinnedObject.create(x)) {
            rotate(variant, address(scaled), dimension, address(vector));
        }
    }

    @Override
    void callNearest(
            float[] rows,
            int first,
            int count,
            int dimension,
            float[] panels,
            int panelCount,
            float[] bias,
            int[] best,
            float[] score) {
        try (PinnedObject from = PinnedObject.create(rows);
                PinnedObject columns = PinnedObject.create(panels);
                PinnedObject biases = PinnedObject.create(bias);
                PinnedObject columnsFound = PinnedObject.create(best);
                PinnedObject scores = PinnedObject.create(score)) {
            nearest(
                    variant,
                    address(from),
                    first,
                    count,
                    dimension,
                    address(columns),
                    panelCount,
                    address(biases),
                    address(columnsFound),
                    address(scores));
        }
    }
}
