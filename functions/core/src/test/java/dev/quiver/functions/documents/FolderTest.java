package dev.quiver.functions.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.functions.documents.Folder.FileSource;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds down which files of a folder are documents, what they are called, and that what is left out is told. */
class FolderTest {
    @TempDir
    Path root;

    private Path write(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "text of " + path);
    }

    @Test
    void documentsAreFoundAtAnyDepthInTheOrderOfTheirPaths() throws IOException {
        write("b.md");
        write("a/z.txt");
        write("a/b/c d ü.html");
        Folder folder = Folder.scan(root);
        assertThat(folder.sources()).extracting(FileSource::path).containsExactly("a/b/c d ü.html", "a/z.txt", "b.md");
        assertThat(new String(folder.sources().getFirst().read(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("text of a/b/c d ü.html");
        assertThat(folder.origin()).isEqualTo(root.toRealPath().toUri().toString());
    }

    @Test
    void whatIsHiddenIsLeftOutAndOtherKindsAreCounted() throws IOException {
        write(".hidden.md");
        write(".git/config.txt");
        write("a.md");
        write("b.exe");
        write("c/d.EXE");
        write("Makefile");
        Folder folder = Folder.scan(root);
        assertThat(folder.sources()).extracting(FileSource::path).containsExactly("a.md");
        assertThat(folder.skipped()).isEqualTo(Map.of("exe", 2, "", 1));
        assertThat(folder.unreadable()).isEmpty();
    }

    @Test
    void aFolderThatIsItselfHiddenIsScanned() throws IOException {
        write(".notes/a.md");
        assertThat(Folder.scan(root.resolve(".notes")).sources()).hasSize(1);
    }

    @Test
    void aFileAloneHasTheNameItHasInItsFolder() throws IOException {
        Path file = write("a/b.md");
        Folder alone = Folder.scan(file);
        assertThat(alone.sources()).extracting(FileSource::path).containsExactly("b.md");
        assertThat(alone.origin()).isEqualTo(Folder.scan(root.resolve("a")).origin());
    }

    @Test
    void aLinkToAFileIsReadAndLinksInACircleEnd() throws IOException {
        Path file = write("a/b.md");
        Files.createSymbolicLink(root.resolve("link.md"), file);
        Files.createSymbolicLink(root.resolve("a/circle"), root);
        Files.createSymbolicLink(root.resolve("dead.md"), root.resolve("nowhere"));
        assertThat(Folder.scan(root).sources()).extracting(FileSource::path).containsExactly("a/b.md", "link.md");
    }

    @Test
    void aFolderReachedByALinkHasTheSameOrigin() throws IOException {
        write("a/b.md");
        Files.createSymbolicLink(root.resolve("link"), root.resolve("a"));
        assertThat(Folder.scan(root.resolve("link")).origin())
                .isEqualTo(Folder.scan(root.resolve("a")).origin());
    }

    @Test
    void namesThatReadTheSameAreToldAndNotMixedUp() throws Exception {
        // Two names that are no UTF-8; Java reads both as the same string.
        Process made = new ProcessBuilder(
                        "sh", "-c", "printf one > \"$(printf 'x\\377.md')\"; printf two > \"$(printf 'x\\376.md')\"")
                .directory(root.toFile())
                .start();
        assertThat(made.waitFor()).isZero();
        Folder folder = Folder.scan(root);
        assertThat(folder.sources()).hasSize(1);
        assertThat(folder.unreadable()).hasSize(1);
        assertThat(folder.unreadable().values().iterator().next()).contains("reads the same");
    }

    @Test
    void aFileTooLargeToReadSaysSo() throws IOException {
        Path file = root.resolve("huge.txt");
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.setLength((256L << 20) + 1);
        }
        assertThatThrownBy(() -> Folder.scan(root).sources().getFirst().read())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("256 MiB");
    }

    @Test
    void aFolderThatIsNotThereIsAnError() {
        assertThatThrownBy(() -> Folder.scan(root.resolve("nowhere"))).isInstanceOf(NoSuchFileException.class);
    }
}
