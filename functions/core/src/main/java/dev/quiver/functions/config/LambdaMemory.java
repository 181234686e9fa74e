package dev.quiver.functions.config;

import java.util.OptionalLong;

/**
 * How a function on Lambda divides its memory. The heap is for requests, answers and the log: native packages are built with {@value #HEAP_PERCENT} % of the memory as its limit; the JVM's limit is Lambda's, higher, but it does not
 * need more either. Code, threads and an embedding model take about the same in functions of any size. The rest holds segments.
 */
public final class LambdaMemory {
    /** As {@code MaximumHeapSizePercent} of the native packages. */
    static final int HEAP_PERCENT = 30;

    private static final int IMAGE_MIB = 160;
    private static final int JVM_MIB = 280;
    private static final int LEAST_MIB = 32;

    private LambdaMemory() {}

    /** MiB for segments; empty if this is no function on Lambda. */
    public static OptionalLong ofThisFunction() {
        String size = System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
        if (size == null || !size.matches("[0-9]{2,6}")) {
            return OptionalLong.empty();
        }
        boolean image = System.getProperty("org.graalvm.nativeimage.imagecode") != null;
        return OptionalLong.of(segments(Integer.parseInt(size), image));
    }

    /** @param size of the function, in MiB */
    static long segments(int size, boolean image) {
        int rest = size - size * HEAP_PERCENT / 100 - (image ? IMAGE_MIB : JVM_MIB);
        // A tenth stays for what nobody has thought of.
        return Math.max(LEAST_MIB, rest * 9L / 10);
    }
}
