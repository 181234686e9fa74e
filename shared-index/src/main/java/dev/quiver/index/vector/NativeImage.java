package dev.quiver.index.vector;

/**
 * Whether this code is in a native image. Initialised when the image is built ({@code META-INF/native-image}), so that there the branches of the JVM are not even compiled, and
 * on the JVM those of the image are not loaded.
 */
final class NativeImage {
    /** The property is GraalVM's, set while it builds and while the image runs. */
    static final boolean HERE = System.getProperty("org.graalvm.nativeimage.imagecode") != null;

    private NativeImage() {}
}
