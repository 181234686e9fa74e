package dev.quiver.index;

import static dev.quiver.index.Samples.SCHEMA;
import static dev.quiver.index.Samples.content;
import static dev.quiver.index.Samples.upsert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full, and a limit to the size of files: what does not fit fails and says why, the rest stays, and with room again it goes on. */
class FullDiskTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    /** A file system of 4 MiB in memory, mounted where only the child sees it. */
    @Test
    void aFullDisk() throws Exception {
        List<String> inSmallDisk = List.of(
                "unshare",
                "--user",
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs -o size=4m none \"$0\" && exec \"$@\"",
                folder.toString());
        assumeTrue(succeeds(inSmallDisk), "This system does not let a user mount a file system of its own");
        assertThat(ChildProcess.start(inSmallDisk, FullDisk.class, folder).lines())
                .last()
                .isEqualTo("done");
    }

    /** 2,048 blocks of 512 bytes. */
    @Test
    void aFileThatMayNotGrow() throws Exception {
        List<String> withSmallFiles = List.of("sh", "-c", "ulimit -f 2048 && exec \"$@\"", "sh");
        assumeTrue(succeeds(withSmallFiles), "This system has no limit to the size of files");
        assertThat(ChildProcess.start(withSmallFiles, SmallFiles.class, folder).lines())
                .last()
                .isEqualTo("done");
    }

    private static boolean succeeds(List<String> prefix) throws InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.add("true");
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static Collection create(Path folder) {
        Settings settings = Settings.defaults().withTemporary(folder.resolve("temporary"));
        return new Database(new FileStore(folder.resolve("data")), settings).create("c", SCHEMA);
    }

    private static Map<String, Integer> contentForANewProcess(Path folder) {
        return content(new Database(new FileStore(folder.resolve("data")), Settings.defaults()).collection("c"));
    }

    private static Batch large(String id, int value, int bytes) {
        return Batch.builder()
                .upsert(new Record(id, new float[] {value, 1}, "text".repeat(bytes / 4), Map.of()))
                .build();
    }

    private static void assertRefused(StoreException e, String reason) {
        assertThat(e.outcomeUnknown()).isFalse();
        assertThat(e).hasMessageContainingAll("c/log/", "could not be written", reason);
    }

    static final class FullDisk {
        private FullDisk() {}

        public static void main(String[] arguments) throws IOException {
            Path folder = Path.of(arguments[0]);
            Collection c = create(folder);
            Path ballast = Files.write(folder.resolve("ballast"), new byte[MIB]);
            Map<String, Integer> expected = new TreeMap<>();
            StoreException full = null;
            for (int n = 0; full == null; n++) {
                try {
                    c.apply(upsert(n, "small"));
                    expected.put("small", n);
                    Files.write(folder.resolve("filler-" + n), new byte[MIB / 8]);
                } catch (StoreException e) {
                    full = e;
                } catch (IOException e) {
                    // The rest goes to the log.
                }
            }
            assertRefused(full, "No space left on device");
            assertThat(expected).isNotEmpty();
            assertThat(content(c)).isEqualTo(expected);
            assertThat(contentForANewProcess(folder)).isEqualTo(expected);
            assertThatThrownBy(c::compact).hasMessageContaining("No space left on device");
            assertThat(contentForANewProcess(folder)).isEqualTo(expected);

            Files.delete(ballast);
            c.apply(upsert(-1, "small", "new"));
            expected.putAll(Map.of("small", -1, "new", -1));
            assertThat(content(c)).isEqualTo(expected);
            assertThat(c.compact().swapped()).isTrue();
            assertThat(contentForANewProcess(folder)).isEqualTo(expected);
            System.out.println("done");
        }
    }

    static final class SmallFiles {
        private SmallFiles() {}

        public static void main(String[] arguments) {
            Path folder = Path.of(arguments[0]);
            Collection c = create(folder);
            c.apply(upsert(1, "a"));
            assertThatThrownBy(() -> c.apply(large("b", 2, 2 * MIB)))
                    .isInstanceOfSatisfying(StoreException.class, e -> assertRefused(e, "File too large"));
            assertThat(contentForANewProcess(folder)).isEqualTo(Map.of("a", 1));
            assertThat(c.apply(upsert(2, "b"))).isEqualTo(2);
            assertThat(content(c)).isEqualTo(Map.of("a", 1, "b", 2));
            assertThat(contentForANewProcess(folder)).isEqualTo(Map.of("a", 1, "b", 2));
            System.out.println("done");
        }
    }
}
