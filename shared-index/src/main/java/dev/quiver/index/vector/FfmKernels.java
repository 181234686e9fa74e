package dev.quiver.index.vector;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernels in C on the JVM, by the foreign function interface: full speed from the first call on, without the compiler's help. The calls are <em>critical</em>: they take arrays of
 * the heap as they lie, and garbage collection waits for their end.
 */
@SuppressWarnings("restricted")
final class FfmKernels extends NativeKernels {
    /** Why there are none, or null. */
    private static final String PROBLEM;

    // Static and final, so that the compiler sees through the handles.
    private static final MethodHandle DOT;
    private static final MethodHandle SQUARED_DISTANCE;
    private static final MethodHandle DOT_INT8;
    private static final MethodHandle DOT_AT;
    private static final MethodHandle SQUARED_DISTANCE_AT;
    private static final MethodHandle DOT_INT8_AT;
    private static final MethodHandle ESTIMATE;
    private static final MethodHandle NEAREST;
    private static final MethodHandle COLLECT;
    private static final MethodHandle SELECT;
    private static final MethodHandle ROTATE;
    private static final List<FfmKernels> VARIANTS;

    static {
        MethodHandle[] handles = new MethodHandle[11];
        List<FfmKernels> variants = List.of();
        String problem = null;
        try {
            SymbolLookup library = open();
            FunctionDescriptor scan =
                    FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
            FunctionDescriptor at = FunctionDescriptor.of(
                    JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
            handles[0] = bind(library, "quiver_dot", scan);
            handles[1] = bind(library, "quiver_squared_distance", scan);
            handles[2] = bind(library, "quiver_dot_int8", scan);
            handles[3] = bind(library, "quiver_dot_at", at);
            handles[4] = bind(library, "quiver_squared_distance_at", at);
            handles[5] = bind(library, "quiver_dot_int8_at", at);
            handles[6] = bind(
                    library,
                    "quiver_estimate",
                    FunctionDescriptor.ofVoid(
                            JAVA_INT,
                            ADDRESS,
                            JAVA_LONG,
                            JAVA_INT,
                            JAVA_LONG,
                            ADDRESS,
                            JAVA_INT,
                            JAVA_FLOAT,
                            JAVA_FLOAT,
                            JAVA_FLOAT,
                            JAVA_FLOAT,
                            ADDRESS,
                            ADDRESS));
            handles[7] = bind(
                    library,
                    "quiver_nearest",
                    FunctionDescriptor.ofVoid(
                            JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, ADDRESS,
                            ADDRESS));
            handles[8] = bind(
                    library,
                    "quiver_collect",
                    FunctionDescriptor.of(
                            JAVA_INT,
                            JAVA_INT,
                            ADDRESS,
                            JAVA_LONG,
                            ADDRESS,
                            ADDRESS,
                            JAVA_INT,
                            JAVA_INT,
                            ADDRESS,
                            JAVA_INT,
                            JAVA_FLOAT,
                            JAVA_FLOAT,
                            ADDRESS,
                            JAVA_LONG,
                            JAVA_INT,
                            JAVA_INT,
                            ADDRESS));
            handles[9] =
                    bind(library, "quiver_select", FunctionDescriptor.ofVoid(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
            handles[10] =
                    bind(library, "quiver_rotate", FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS));
            variants = variants(library);
        } catch (IOException | RuntimeException | LinkageError e) {
            // The message of a file system's exception is only a name.
            problem = e.getMessage() == null || e instanceof FileSystemException ? e.toString() : e.getMessage();
        }
        DOT = handles[0];
        SQUARED_DISTANCE = handles[1];
        DOT_INT8 = handles[2];
        DOT_AT = handles[3];
        SQUARED_DISTANCE_AT = handles[4];
        DOT_INT8_AT = handles[5];
        ESTIMATE = handles[6];
        NEAREST = handles[7];
        COLLECT = handles[8];
        SELECT = handles[9];
        ROTATE = handles[10];
        VARIANTS = variants;
        PROBLEM = problem;
    }

    private FfmKernels(int variant, String name) {
        super(variant, name);
    }

    /** Those that this machine can run, the fastest first; none if there is a {@link #problem}. */
    static List<FfmKernels> variants() {
        return VARIANTS;
    }

    /** Why there are no variants, for a person; or null. */
    static String problem() {
        return PROBLEM;
    }

    private static SymbolLookup open() throws IOException {
        // Asked first, as the JVM would print a warning of its own.
        if (!FfmKernels.class.getModule().isNativeAccessEnabled()) {
            throw new IOException(
                    "native access is not enabled; start the JVM with --enable-native-access=ALL-UNNAMED");
        }
        URL url = FfmKernels.class.getResource(KernelLibrary.shared());
        if (url == null) {
            throw new IOException("this build has no " + KernelLibrary.shared());
        }
        return url.getProtocol().equals("file")
                ? load(path(url))
                : loadCopy(url, Path.of(System.getProperty("java.io.tmpdir")));
    }

    private static Path path(URL url) throws IOException {
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IOException("cannot find " + url, e);
        }
    }

    /** What lies in a jar has to be a file to be loaded. Only its owner may write it, and it is gone once it is loaded. */
    static SymbolLookup loadCopy(URL url, Path folder) throws IOException {
        Path copy = Files.createTempFile(folder, "quiver-kernels-", ".so");
        try {
            try (InputStream in = url.openStream()) {
                Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
            }
            return load(copy);
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    private static SymbolLookup load(Path library) throws IOException {
        try {
            return SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "cannot load " + library + "; the system may lack glibc, or mount the folder noexec", e);
        }
    }

    private static MethodHandle bind(SymbolLookup library, String function, FunctionDescriptor types) {
        return Linker.nativeLinker().downcallHandle(library.findOrThrow(function), types, Linker.Option.critical(true));
    }

    private static List<FfmKernels> variants(SymbolLookup library) {
        try {
            FunctionDescriptor number = FunctionDescriptor.of(JAVA_INT);
            int has = (int) bind(library, "quiver_kernels_interface", number).invokeExact();
            if (has != INTERFACE) {
                throw new IllegalStateException("the library has interface " + has + ", not " + INTERFACE);
            }
            int count = (int) bind(library, "quiver_kernels_variants", number).invokeExact();
            // A name of the library's own memory, of at most so many bytes.
            MethodHandle nameOf = bind(
                    library,
                    "quiver_kernels_name",
                    FunctionDescriptor.of(
                            ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(64, JAVA_BYTE)), JAVA_INT));
            List<FfmKernels> variants = new ArrayList<>();
            for (int v = 0; v < count; v++) {
                MemorySegment name = (MemorySegment) nameOf.invokeExact(v);
                if (name.address() != 0) {
                    variants.add(new FfmKernels(v, name.getString(0)));
                }
            }
            return List.copyOf(variants);
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    /** Handles declare any throwable, but nothing checked comes out of C. */
    private static RuntimeException sneaky(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException r ? r : new IllegalStateException(e);
    }

    private static MemorySegment of(float[] array) {
        return MemorySegment.ofArray(array);
    }

    private static MemorySegment of(int[] array) {
        return MemorySegment.ofArray(array);
    }

    @Override
    void callDot(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] into) {
        try {
            DOT.invokeExact(variant, rows, offset, count, query, dimension, of(into));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    @Override
    void callSquaredDistance(
            MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] into) {
        try {
            SQUARED_DISTANCE.invokeExact(variant, rows, offset, count, query, dimension, of(into));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    @Override
    void callDotInt8(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, int[] into) {
        try {
            DOT_INT8.invokeExact(variant, rows, offset, count, query, dimension, of(into));
        } catch (Throwable e) {
            throw sneaky(e);
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
        try {
            return (int) DOT_AT.invokeExact(variant, rows, limit, of(ordinals), count, query, dimension, of(into));
        } catch (Throwable e) {
            throw sneaky(e);
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
        try {
            return (int) SQUARED_DISTANCE_AT.invokeExact(
                    variant, rows, limit, of(ordinals), count, query, dimension, of(into));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    @Override
    int callDotInt8At(
            MemorySegment rows, long limit, int[] ordinals, int count, MemorySegment query, int dimension, int[] into) {
        try {
            return (int) DOT_INT8_AT.invokeExact(variant, rows, limit, of(ordinals), count, query, dimension, of(into));
        } catch (Throwable e) {
            throw sneaky(e);
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
        try {
            ESTIMATE.invokeExact(
                    variant,
                    blocks,
                    offset,
                    count,
                    next,
                    MemorySegment.ofArray(table),
                    pairs,
                    base,
                    low,
                    step,
                    threshold,
                    of(estimates),
                    MemorySegment.ofArray(passed));
        } catch (Throwable e) {
            throw sneaky(e);
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
        MemorySegment bits = allowed == null ? MemorySegment.NULL : MemorySegment.ofArray(allowed);
        try {
            return (int) COLLECT.invokeExact(
                    variant,
                    blocks,
                    limit,
                    of(runs),
                    of(bases),
                    from,
                    to,
                    MemorySegment.ofArray(table),
                    pairs,
                    low,
                    step,
                    bits,
                    bits.byteSize() / Long.BYTES,
                    wanted,
                    size,
                    MemorySegment.ofArray(keys));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    @Override
    void callSelect(int size, int wanted, long[] keys) {
        try {
            SELECT.invokeExact(variant, size, wanted, MemorySegment.ofArray(keys));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }

    @Override
    void callRotate(float[] signs, int dimension, float[] x) {
        try {
            ROTATE.invokeExact(variant, of(signs), dimension, of(x));
        } catch (Throwable e) {
            throw sneaky(e);
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
        try {
            NEAREST.invokeExact(
                    variant, of(rows), first, count, dimension, of(panels), panelCount, of(bias), of(best), of(score));
        } catch (Throwable e) {
            throw sneaky(e);
        }
    }
}
