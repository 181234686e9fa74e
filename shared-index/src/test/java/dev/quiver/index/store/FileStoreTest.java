package dev.quiver.index.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.Race;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The contract on files, and what only files can get wrong: temporary files, folders that come and go, a damaged disk. */
class FileStoreTest extends ObjectStoreContract {
    private Path root;

    @Override
    ObjectStore open() {
        root = files.resolve("data");
        return new FileStore(root);
    }

    @Test
    void twoStoresOnOneFolderAreOneStore() {
        put("counter", "0");
        try (ObjectStore other = new FileStore(root)) {
            Race.of(4, i -> {
                ObjectStore mine = i % 2 == 0 ? store : other;
                for (int done = 0; done < 25; ) {
                    var now = mine.get("counter").orElseThrow();
                    byte[] next = bytes(Integer.toString(
                            Integer.parseInt(new String(now.bytes(), java.nio.charset.StandardCharsets.UTF_8)) + 1));
                    if (mine.put("counter", Content.of(next), new ObjectStore.Precondition.IfMatch(now.etag()))
                            instanceof ObjectStore.PutResult.Stored) {
                        done++;
                    }
                }
                return null;
            });
        }
        assertThat(text("counter")).isEqualTo("100");
    }

    @Test
    void noTemporaryFileStays() throws IOException {
        put("a/b", "1");
        assertThat(store.put("a/b", Content.of(bytes("2")), new ObjectStore.Precondition.IfAbsent()))
                .isEqualTo(new ObjectStore.PutResult.Refused());
        assertThatThrownBy(() -> store.put(
                        "c", new Content.File(files.resolve("missing"), 1), new ObjectStore.Precondition.IfAbsent()))
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.outcomeUnknown())
                        .isFalse());
        try (Stream<Path> left = Files.list(root.resolve(".quiver/tmp"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aTemporaryFileOfADeadProcessIsSweptAfterADay() throws IOException {
        Path tmp = root.resolve(".quiver/tmp");
        Path old = Files.writeString(tmp.resolve("old"), "x");
        Path young = Files.writeString(tmp.resolve("young"), "x");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
        new FileStore(root).close();
        assertThat(old).doesNotExist();
        assertThat(young).exists();
    }

    @Test
    void itsOwnFolderIsNotPartOfTheStore() {
        put("a/b", "1");
        assertThat(keys("", "")).containsExactly("a/b");
        assertThat(keys(".", "")).isEmpty();
        assertThat(store.folders("")).containsExactly("a");
        assertThatIllegalArgumentException().isThrownBy(() -> put(".quiver/tmp/x", "1"));
        assertThatIllegalArgumentException().isThrownBy(() -> store.delete(".quiver/lock-1"));
        assertThat(keys(".quiver/", "")).isEmpty();
    }

    @Test
    void aFolderThatCannotBeWrittenIsSaidSo() throws IOException {
        Path file = Files.writeString(files.resolve("not-a-folder"), "x");
        assertThatThrownBy(() -> new FileStore(file))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(file.toString());
    }
}
