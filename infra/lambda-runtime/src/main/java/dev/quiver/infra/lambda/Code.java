package dev.quiver.infra.lambda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The package of a function as files: a zip is unpacked with the permissions that it has for them. */
final class Code {

    private Code() {}

    /** @return the folder to run in: a new one for a zip, the given one for a folder */
    static Path unpack(Path code, Path target) throws IOException {
        if (!Files.exists(code)) {
            throw new IllegalArgumentException("There is no package " + code.toAbsolutePath() + ": build it first");
        }
        if (Files.isDirectory(code)) {
            return code.toAbsolutePath();
        }
        try (FileSystem zip = FileSystems.newFileSystem(code, Map.of("enablePosixFileAttributes", true))) {
            Path root = zip.getPath("/");
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Path to = target.resolve(root.relativize(file).toString()).normalize();
                    if (!to.startsWith(target)) {
                        throw new IOException("The package has a file outside of it: " + file);
                    }
                    Files.createDirectories(to.getParent());
                    Files.copy(file, to);
                    Set<PosixFilePermission> permissions = EnumSet.copyOf(PosixFilePermissions.fromString("rw-r--r--"));
                    permissions.addAll(Files.getPosixFilePermissions(file));
                    Files.setPosixFilePermissions(to, permissions);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (UnsupportedOperationException | ProviderNotFoundException e) {
            throw new IllegalArgumentException(code + " is neither a folder nor a zip", e);
        }
        Path bootstrap = target.resolve("bootstrap");
        if (Files.exists(bootstrap) && !Files.isExecutable(bootstrap)) {
            throw new IllegalArgumentException("bootstrap in " + code + " is not executable (on Lambda too:"
                    + " Runtime.InvalidEntrypoint); set its permission before it is zipped");
        }
        return target;
    }

    static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
