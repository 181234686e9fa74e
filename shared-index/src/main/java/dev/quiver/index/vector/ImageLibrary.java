package dev.quiver.index.vector;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.graalvm.nativeimage.c.CContext;

/** Tells GraalVM, while it builds an image, where the archive of the kernels in C is: out of the jar, in a folder of its own. No option of the builder is needed. */
final class ImageLibrary implements CContext.Directives {

    @Override
    public boolean isInConfiguration() {
        return NativeImage.HAS_C;
    }

    /** For {@code fmaf}. */
    @Override
    public List<String> getLibraries() {
        return List.of("m");
    }

    @Override
    public List<String> getLibraryPaths() {
        try (InputStream archive = ImageLibrary.class.getResourceAsStream(KernelLibrary.archive())) {
            Path folder = Files.createTempDirectory("quiver-kernels-");
            Path file = folder.resolve(Path.of(KernelLibrary.archive()).getFileName());
            Files.copy(archive, file, StandardCopyOption.REPLACE_EXISTING);
            // The builder is a process of its own; the linker has read the archive when it ends.
            folder.toFile().deleteOnExit();
            file.toFile().deleteOnExit();
            return List.of(folder.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
