package dev.quiver.index.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.ChildProcess;
import dev.quiver.index.store.ObjectStore.Blob;
import dev.quiver.index.store.ObjectStore.Precondition;
import dev.quiver.index.store.ObjectStore.PutResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several JVMs on one folder: a key is created once, no replacement is lost, and folders that come and go are in nobody's way. */
class FileStoreProcessesTest {
    private static final int PROCESSES = 3;

    @TempDir
    Path folder;

    @Test
    void aKeyIsCreatedByOneProcessOnly() {
        TreeMap<String, String> winners = new TreeMap<>();
        for (List<String> won : runAll("create", 60)) {
            for (String line : won) {
                int space = line.indexOf(' ');
                assertThat(winners.put(line.substring(0, space), line.substring(space + 1)))
                        .as("second winner of %s", line)
                        .isNull();
            }
        }
        assertThat(winners).hasSize(60);
        try (FileStore store = new FileStore(folder)) {
            winners.forEach((key, winner) -> assertThat(
                            new String(store.get(key).orElseThrow().bytes(), UTF_8))
                    .isEqualTo(winner));
            assertThat(store.list("created/", "")).hasSize(60);
        }
    }

    @Test
    void noReplacementOfAnotherProcessIsLost() {
        try (FileStore store = new FileStore(folder)) {
            store.put("counter", Content.of("0".getBytes(UTF_8)), new Precondition.IfAbsent());
            List<Integer> seen = new ArrayList<>();
            runAll("increment", 40).forEach(lines -> lines.forEach(l -> seen.add(Integer.valueOf(l))));
            assertThat(new String(store.get("counter").orElseThrow().bytes(), UTF_8))
                    .isEqualTo(Integer.toString(PROCESSES * 40));
            // Each value was made by one process.
            assertThat(new TreeSet<>(seen)).hasSize(PROCESSES * 40).hasSameSizeAs(seen);
        }
    }

    @Test
    void processesShareAFolderThatIsEmptiedAgainAndAgain() {
        assertThat(runAll("comeAndGo", 60))
                .allSatisfy(lines -> assertThat(lines).containsExactly("done"));
        try (FileStore store = new FileStore(folder)) {
            assertThat(store.list("", "")).hasSize(PROCESSES);
        }
    }

    private List<List<String>> runAll(String work, int count) {
        List<ChildProcess> children = new ArrayList<>();
        try {
            for (int i = 0; i < PROCESSES; i++) {
                children.add(ChildProcess.start(Child.class, folder, work, count, i));
            }
            // They wait for each other: a JVM may be done before the next has started.
            children.forEach(c -> assertThat(c.line()).isEqualTo("ready"));
            try (FileStore store = new FileStore(folder)) {
                store.put("go", Content.of(new byte[0]), new Precondition.IfAbsent());
                List<List<String>> lines =
                        children.stream().map(ChildProcess::lines).toList();
                store.delete("go");
                return lines;
            }
        } finally {
            children.forEach(ChildProcess::close);
        }
    }

    /** What the other JVMs run. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws InterruptedException {
            int count = Integer.parseInt(arguments[2]);
            String me = arguments[3];
            try (FileStore store = new FileStore(Path.of(arguments[0]))) {
                System.out.println("ready");
                while (store.get("go").isEmpty()) {
                    Thread.sleep(1);
                }
                switch (arguments[1]) {
                    case "create" -> create(store, count, me);
                    case "increment" -> increment(store, count);
                    default -> comeAndGo(store, count, me);
                }
            }
        }

        private static void create(FileStore store, int count, String me) {
            for (int n = 0; n < count; n++) {
                // Each begins somewhere else, so that all of them win some.
                int i = (n + 20 * Integer.parseInt(me)) % count;
                String key = "created/%d/%03d".formatted(i % 7, i);
                if (store.put(key, Content.of(me.getBytes(UTF_8)), new Precondition.IfAbsent())
                        instanceof PutResult.Stored) {
                    System.out.println(key + " " + me);
                }
            }
        }

        private static void increment(FileStore store, int count) {
            for (int done = 0; done < count; ) {
                Blob now = store.get("counter").orElseThrow();
                int next = Integer.parseInt(new String(now.bytes(), UTF_8)) + 1;
                if (store.put(
                                "counter",
                                Content.of(Integer.toString(next).getBytes(UTF_8)),
                                new Precondition.IfMatch(now.etag()))
                        instanceof PutResult.Stored) {
                    System.out.println(next);
                    done++;
                }
            }
        }

        private static void comeAndGo(FileStore store, int count, String me) {
            String key = "a/b/c/" + me;
            for (int i = 0; i < count; i++) {
                if (!(store.put(key, Content.of(new byte[0]), new Precondition.IfAbsent())
                        instanceof PutResult.Stored)) {
                    throw new AssertionError(key + " is there already");
                }
                if (store.list("a/", "").stream().noneMatch(l -> l.key().equals(key))) {
                    throw new AssertionError(key + " is not listed");
                }
                store.delete(key);
            }
            store.put(key, Content.of(new byte[0]), new Precondition.IfAbsent());
            System.out.println("done");
        }
    }
}
