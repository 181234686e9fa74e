package dev.quiver.functions.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What lies in files beside a native image and not in it: models and the libraries that run them. In the image they would have to be unpacked at every start that needs them, and would lie in memory at
 * every other. {@link LibrariesFeature} puts them there.
 */
public final class ImageFiles {
    private ImageFiles() {}

    /** The folder with the files; empty on a JVM, where they are resources. */
    public static Optional<Path> folder() {
        if (System.getProperty("org.graalvm.nativeimage.imagecode") == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Path.of("/proc/self/exe").toRealPath().getParent());
        } catch (IOException e) {
            throw new UncheckedIOException("This process does not find its own executable: " + e.getMessage(), e);
        }
    }

    /** @throws IOException if it is not in the folder */
    public static Path file(Path folder, String resource) throws IOException {
        Path file = folder.resolve(Path.of(resource).getFileName());
        if (!Files.exists(file)) {
            throw new IOException(file + " is missing. Deploy all files of the package, not the executable alone.");
        }
        return file;
    }
}
