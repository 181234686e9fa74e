package dev.quiver.index.vector;

/**
 * What there is in a native image. Initialised when the image is built ({@code META-INF/native-image}), so that the branches of the JVM are not even compiled there, and
 * on the JVM those of the image are not loaded.
 */
final class NativeImage {
    /** Whether this code is in one. The property is GraalVM's, set while it builds and while the image runs. */
    static final boolean HERE = System.getProperty("org.graalvm.nativeimage.imagecode") != null;

    /** Whether the kernels in C are linked into it. */
    static final boolean HAS_C = HERE && NativeImage.class.getResource(KernelLibrary.archive()) != null;

    private NativeImage() {}
}
