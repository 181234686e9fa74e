package dev.quiver.index.vector;

import java.util.Locale;

/** Where the build puts the kernels in C, on the class path. */
final class KernelLibrary {
    static final String NAME = "quiver_kernels";

    private KernelLibrary() {}

    /** The library that a JVM loads on this machine. */
    static String shared() {
        return folder() + System.mapLibraryName(NAME);
    }

    /** The library that is linked into a native image. */
    static String archive() {
        return folder() + "lib" + NAME + ".a";
    }

    private static String folder() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String os = system.startsWith("mac") ? "macos" : system.startsWith("linux") ? "linux" : "other";
        String arch = System.getProperty("os.arch", "");
        return "/META-INF/native/" + os + "-" + (arch.equals("x86_64") ? "amd64" : arch) + "/";
    }
}
