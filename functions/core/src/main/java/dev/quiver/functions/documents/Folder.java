package dev.quiver.functions.documents;

import dev.quiver.functions.documents.Ingestor.Source;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The documents in a folder and below it. Hidden files and folders are left out.
 *
 * @param sources in the order of their paths
 * @param skipped how many files of each extension are of no kind that is read
 * @param unreadable folders and files that could not be looked at, with the reason
 */
public record Folder(
        Path root, List<FileSource> sources, Map<String, Integer> skipped, Map<String, String> unreadable) {
    private static final long MAX_BYTES = 256L << 20;

    public record FileSource(String path, Path file) implements Source {
        @Override
        public byte[] read() throws IOException {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new IOException("it has " + (size >> 20) + " MiB, at most " + (MAX_BYTES >> 20) + " are read");
            }
            return Files.readAllBytes(file);
        }
    }

    /** @throws IOException if the folder itself cannot be listed */
    public static Folder scan(Path folder) throws IOException {
        Path root = folder.toRealPath();
        List<FileSource> sources = new ArrayList<>();
        // Names that are not in the locale's encoding can become the same string.
        Set<String> names = new HashSet<>();
        Map<String, Integer> skipped = new TreeMap<>();
        Map<String, String> unreadable = new TreeMap<>();
        if (Files.isRegularFile(root)) {
            Path parent = root.getParent();
            return new Folder(
                    parent, List.of(new FileSource(root.getFileName().toString(), root)), skipped, unreadable);
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
                return !dir.equals(root) && hidden(dir) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String name = file.getFileName().toString();
                if (hidden(file) || !Files.isRegularFile(file)) {
                    return FileVisitResult.CONTINUE;
                }
                if (DocumentParsers.supports(name)) {
                    String path = root.relativize(file).toString().replace(File.separatorChar, '/');
                    if (names.add(path)) {
                        sources.add(new FileSource(path, file));
                    } else {
                        unreadable.put(path, "(another file's name reads the same here; rename one)");
                    }
                } else {
                    skipped.merge(DocumentParsers.extension(name), 1, Integer::sum);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                unreadable.put(root.relativize(file).toString(), e.toString());
                return FileVisitResult.CONTINUE;
            }
        });
        sources.sort(Comparator.comparing(FileSource::path));
        return new Folder(root, sources, skipped, unreadable);
    }

    private static boolean hidden(Path path) {
        return path.getFileName().toString().startsWith(".");
    }

    public String origin() {
        return root.toUri().toString();
    }
}
