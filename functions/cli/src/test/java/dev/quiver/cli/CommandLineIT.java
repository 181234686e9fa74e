package dev.quiver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.documents.Ingestor;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import dev.quiver.index.record.Record;
import dev.quiver.index.store.FileStore;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the packaged command line as the launcher does, a process for each command, and reads what a person would read. */
class CommandLineIT {
    private static final Path TARGET = Path.of(System.getProperty("quiver.cli.target"));

    @TempDir
    private Path folder;

    private Path data;
    private Path documents;

    private record Outcome(int exit, String out, String err) {}

    @BeforeEach
    void folders() throws IOException {
        data = folder.resolve("data");
        documents = Files.createDirectory(folder.resolve("documents"));
    }

    @Test
    void documentsGoInAndCitedAnswersComeOut() throws Exception {
        writeSome();
        Outcome first = run("ingest", "docs", documents.toString());
        assertThat(first.exit).as("one file is broken").isEqualTo(1);
        assertThat(first.out)
                .contains("3 added, 0 changed, 0 unchanged, 1 failed")
                .contains("not ingested: broken.pdf cannot be read")
                .contains("1 .bin");
        assertThat(first.err).doesNotContain("\tat ");

        Files.writeString(documents.resolve("canteen.txt"), "The canteen opens at eleven now.");
        Files.delete(documents.resolve("broken.pdf"));
        Outcome second = run("ingest", "docs", documents.toString());
        assertThat(second.exit).isZero();
        assertThat(second.out).contains("0 added, 1 changed, 2 unchanged");

        Outcome query = run("query", "docs", "how do I roll back?", "-k", "2");
        assertThat(query.exit).isZero();
        assertThat(query.out.lines().findFirst().orElseThrow())
                .contains("guide/deploy.md")
                .contains("Rolling back");
        assertThat(query.out).contains("deploy --to previous").contains("2 hits by cosine");

        JsonNode json = new ObjectMapper().readTree(run("query", "docs", "how do I roll back?", "--json").out);
        assertThat(json.at("/hits/0/attributes/source").asText()).isEqualTo("guide/deploy.md");

        Outcome filtered = run("query", "docs", "how do I roll back?", "--filter", "{\"source\": \"canteen.txt\"}");
        assertThat(filtered.out).contains("canteen.txt").doesNotContain("deploy.md");

        Outcome ask = run("ask", "docs", "How do I roll back a deployment?");
        assertThat(ask.exit).isZero();
        assertThat(ask.out)
                .contains("No language model is configured")
                .contains("deploy --to previous")
                .containsPattern("\\[\\d] guide/deploy.md — .*Rolling back");

        Outcome unrelated = run("ask", "docs", "Which key is Beethoven's fifth symphony in?");
        assertThat(unrelated.exit).isZero();
        assertThat(unrelated.out).contains("do not answer this question");

        Files.delete(documents.resolve("page.html"));
        assertThat(run("ingest", "docs", documents.toString(), "--prune").out).contains("1 removed");
        assertThat(run("collections").out).containsPattern("docs .* 384 dimensions .* all-minilm-l6-v2");
    }

    @Test
    void mistakesAreToldInOneLine() throws Exception {
        Outcome unknown = run("query", "nothing-here", "x");
        assertThat(unknown.exit).isEqualTo(1);
        assertThat(unknown.err)
                .contains("There is no collection 'nothing-here'")
                .doesNotContain("\tat ");

        Outcome folder = run("ingest", "docs", documents.resolve("nowhere").toString());
        assertThat(folder.exit).isEqualTo(1);
        assertThat(folder.err).contains("There is no file or folder").doesNotContain("\tat ");

        Outcome model = run("ingest", "docs", documents.toString(), "--model", "no-such-model");
        assertThat(model.exit).isEqualTo(1);
        assertThat(model.err)
                .contains("There is no embedding model 'no-such-model'")
                .contains("bge-small-en-v1.5");

        Outcome name = run("ingest", "Docs And More", documents.toString());
        assertThat(name.exit).isEqualTo(1);
        assertThat(name.err).contains("lower-case letters");

        Files.writeString(documents.resolve("a.txt"), "Some text to begin with.");
        assertThat(run("ingest", "docs", documents.toString()).exit).isZero();
        Outcome other = run("ingest", "docs", documents.toString(), "--model", "bge-small-en-v1.5");
        assertThat(other.exit).isEqualTo(1);
        assertThat(other.err).contains("all-minilm-l6-v2").contains("bge-small-en-v1.5");

        Outcome usage = run("query", "docs");
        assertThat(usage.exit).isEqualTo(2);
        assertThat(usage.err).contains("TEXT");
    }

    @Test
    void anIngestThatIsKilledLeavesWholeDocumentsAndTheNextOneCompletesThem() throws Exception {
        int files = 120;
        writeMany(files);
        Process ingest = start("ingest", "docs", documents.toString());
        while (ingest.isAlive() && logEntries() < 2) {
            Thread.sleep(5);
        }
        assertThat(ingest.isAlive()).as("killed in the middle").isTrue();
        ingest.destroyForcibly().waitFor();

        Map<String, Integer> kept = passages();
        assertThat(kept).isNotEmpty().hasSizeLessThan(files);
        Outcome again = run("ingest", "docs", documents.toString());
        assertThat(again.exit).isZero();
        assertThat(again.out).contains((files - kept.size()) + " added, 0 changed, " + kept.size() + " unchanged");
        assertThat(passages()).hasSize(files).containsAllEntriesOf(kept);
    }

    @Test
    void twoIngestsAtOnceIntoOneCollectionLoseNothing() throws Exception {
        writeMany(20);
        Path others = Files.createDirectory(folder.resolve("others"));
        for (int i = 0; i < 20; i++) {
            Files.writeString(others.resolve("doc-%03d.txt".formatted(i)), "Another text, number " + i + ".");
        }
        Process one = start("ingest", "docs", documents.toString());
        Process two = start("ingest", "docs", others.toString());
        assertThat(one.waitFor()).isZero();
        assertThat(two.waitFor()).isZero();
        try (Database database = open()) {
            Map<Object, Long> origins = new TreeMap<>();
            for (Record r : all(database.collection("docs"))) {
                if (Long.valueOf(0).equals(r.attributes().get(Ingestor.POSITION))) {
                    origins.merge(r.attributes().get(Ingestor.ORIGIN), 1L, Long::sum);
                }
            }
            assertThat(origins.values()).containsExactly(20L, 20L);
        }
    }

    private void writeSome() throws IOException {
        Files.createDirectory(documents.resolve("guide"));
        Files.writeString(documents.resolve("guide/deploy.md"), """
                # Deploying

                A deployment is started with `deploy --to next`.

                ## Rolling back

                To roll back a deployment, run `deploy --to previous`. The last three releases are kept.
                """);
        Files.writeString(
                documents.resolve("page.html"),
                "<html><head><title>Parking</title></head><body><nav>Home</nav><p>Cars are parked behind the house.</p></body></html>");
        Files.writeString(documents.resolve("canteen.txt"), "The canteen opens at noon.");
        Files.writeString(documents.resolve("broken.pdf"), "%PDF-1.7\nthat is all");
        Files.write(documents.resolve("data.bin"), new byte[] {1, 2, 3});
    }

    private void writeMany(int files) throws IOException {
        for (int i = 0; i < files; i++) {
            StringBuilder text = new StringBuilder();
            for (int p = 0; p < 12; p++) {
                text.append("Section ")
                        .append(p)
                        .append(" of document ")
                        .append(i)
                        .append(" says: ");
                text.append("the quick brown fox jumps over the lazy dog and tells everybody about it. ".repeat(5))
                        .append("\n\n");
            }
            Files.writeString(documents.resolve("doc-%03d.txt".formatted(i)), text);
        }
    }

    /** Passages of each document, after a check that each document is whole. */
    private Map<String, Integer> passages() {
        try (Database database = open()) {
            Map<String, List<Record>> documents = new TreeMap<>();
            for (Record r : all(database.collection("docs"))) {
                documents
                        .computeIfAbsent((String) r.attributes().get(Ingestor.SOURCE), _ -> new ArrayList<>())
                        .add(r);
            }
            Map<String, Integer> counts = new TreeMap<>();
            documents.forEach((source, records) -> {
                assertThat(records).as(source).allSatisfy(r -> assertThat(
                                r.attributes().get(Ingestor.PASSAGES))
                        .isEqualTo((long) records.size()));
                counts.put(source, records.size());
            });
            return counts;
        }
    }

    private static List<Record> all(Collection collection) {
        return collection.list("", "", 100_000, Consistency.STRONG).records();
    }

    private Database open() {
        return new Database(new FileStore(data), Settings.defaults());
    }

    private long logEntries() throws IOException {
        Path log = data.resolve("docs/log");
        if (!Files.exists(log)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(log)) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    private Process start(String... arguments) throws IOException {
        return builder(arguments)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private Outcome run(String... arguments) throws IOException, InterruptedException {
        File out = Files.createTempFile(folder, "out", "").toFile();
        File err = Files.createTempFile(folder, "err", "").toFile();
        Process process =
                builder(arguments).redirectOutput(out).redirectError(err).start();
        if (!process.waitFor(3, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError("hangs: " + String.join(" ", arguments));
        }
        return new Outcome(
                process.exitValue(),
                Files.readString(out.toPath(), StandardCharsets.UTF_8),
                Files.readString(err.toPath(), StandardCharsets.UTF_8));
    }

    private ProcessBuilder builder(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                TARGET.resolve("quiver-functions-cli-0.1.0-SNAPSHOT.jar") + File.pathSeparator + TARGET.resolve("lib")
                        + "/*",
                "dev.quiver.cli.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().put("QUIVER_DATA", data.toString());
        builder.environment().put("COLUMNS", "100");
        return builder;
    }
}
