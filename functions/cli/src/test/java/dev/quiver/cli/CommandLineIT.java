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
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.vector.Metric;
import dev.quiver.testing.Child;
import dev.quiver.testing.Child.Result;
import dev.quiver.testing.ScriptedProvider;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds down what a person sees and keeps who uses the command line: the packaged one, run as the launcher does, a process for each command. */
class CommandLineIT {
    private static final Path TARGET = Path.of(System.getProperty("quiver.cli.target"));

    @TempDir
    private Path folder;

    private Path data;
    private Path documents;

    @BeforeEach
    void folders() throws IOException {
        data = folder.resolve("data");
        documents = Files.createDirectory(folder.resolve("documents"));
    }

    @Test
    void recordsGoOutAndComeInAndAreChecked() throws Exception {
        Path lines = folder.resolve("in.ndjson");
        Files.writeString(lines, """
                {"id": "a", "vector": [1, 0.25], "text": "ä", "attributes": {"n": 1, "tags": ["x"]}}

                {"id": "b", "vector": [-3, 1e-7]}
                """);
        Result in = run("import", "points", lines.toString(), "--metric", "euclidean");
        assertThat(in.status()).as(in.err()).isZero();
        assertThat(in.out()).contains("2 records into points");
        Path out = folder.resolve("out.ndjson");
        assertThat(run("export", "points", out.toString()).out()).contains("2 records in");
        assertThat(Files.readAllLines(out))
                .containsExactlyInAnyOrder(
                        "{\"id\":\"a\",\"vector\":[1.0,0.25],\"text\":\"ä\",\"attributes\":{\"n\":1,\"tags\":[\"x\"]}}",
                        "{\"id\":\"b\",\"vector\":[-3.0,1.0E-7],\"attributes\":{}}");
        assertThat(run("import", "copy", out.toString()).out()).contains("2 records into copy");
        assertThat(run("export", "copy").out().lines().sorted())
                .containsExactlyElementsOf(
                        Files.readAllLines(out).stream().sorted().toList());

        Files.writeString(lines, "{\"id\": \"c\", \"vector\": [1, 2]}\n{\"id\": \"d\", \"vektor\": [1]}\n");
        Result wrong = run("import", "points", lines.toString());
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.err()).contains("Line 2 of").contains("vektor");
        assertThat(run("export", "points").out()).doesNotContain("\"c\"");
        Files.writeString(lines, "{\"id\": \"c\", \"vector\": [1, 2]}\n\n{\"id\": \"d\", \"vector\": [1]}\n");
        assertThat(run("import", "points", lines.toString()).err())
                .contains("Line 3 of " + lines + ": The vector has 1 components")
                .doesNotContain("\tat ");

        Result whole = run("check");
        assertThat(whole.status()).isZero();
        assertThat(whole.out()).contains("whole  points: 2 records").contains("whole  copy");
        Path segment;
        try (Stream<Path> files = Files.walk(data.resolve("points/segments"))) {
            segment =
                    files.filter(f -> f.toString().endsWith(".seg")).findFirst().orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(segment);
        bytes[70] ^= 1;
        Files.write(segment, bytes);
        Result damaged = run("check", "points");
        assertThat(damaged.status()).isEqualTo(3);
        assertThat(damaged.out())
                .contains("DAMAGED")
                .contains(segment.getFileName().toString());
    }

    @Test
    void wordsComeInWithTheirVectors() throws Exception {
        Path vectors = folder.resolve("vectors.vec");
        Files.writeString(vectors, "3 2\nking 1 0.5\nnothing 0 0\nqueen 0.5 1\n");
        Result in = run("import", "words", vectors.toString(), "--format", "word2vec");
        assertThat(in.status()).as(in.err()).isZero();
        assertThat(in.out()).contains("2 records into words");
        assertThat(run("export", "words").out().lines())
                .containsExactlyInAnyOrder(
                        "{\"id\":\"king\",\"vector\":[1.0,0.5],\"text\":\"king\",\"attributes\":{\"rank\":1}}",
                        "{\"id\":\"queen\",\"vector\":[0.5,1.0],\"text\":\"queen\",\"attributes\":{\"rank\":3}}");
        Files.writeString(vectors, "3 2\nking 1 0.5\n");
        Result cut = run("import", "words", vectors.toString(), "--format", "word2vec");
        assertThat(cut.status()).isEqualTo(1);
        assertThat(cut.err()).contains("The file is cut off").doesNotContain("\tat ");
    }

    @Test
    void recordsGoOutAndComeInAsParquet() throws Exception {
        Path lines = folder.resolve("in.ndjson");
        Files.writeString(lines, """
                {"id": "a", "vector": [1, 0.25], "text": "ä 東京 😀", "attributes": {"n": 1, "x": 1.0, "tags": ["x", 2]}}
                {"id": "ü/😀", "vector": [-3, 1e-7]}
                """);
        run("import", "points", lines.toString(), "--metric", "euclidean");
        Path file = folder.resolve("out.parquet");
        Result out = run("export", "points", "-o", file.toString());
        assertThat(out.status()).as(out.err()).isZero();
        assertThat(out.out()).contains("2 records in");
        assertThat(Files.readAllBytes(file)).startsWith("PAR1".getBytes(StandardCharsets.US_ASCII));
        assertThat(file.resolveSibling("out.parquet.part")).doesNotExist();

        // By what it begins with.
        Path renamed = Files.move(file, folder.resolve("other"));
        assertThat(run("import", "copy", renamed.toString()).out()).contains("2 records into copy");
        assertThat(run("export", "copy").out())
                .isEqualTo(run("export", "points").out());
        assertThat(run("collections").out()).containsPattern("copy .* 2 records .* 2 dimensions .* euclidean");

        Files.writeString(lines, "{\"id\": \"c\", \"vector\": [1, 2, 3]}\n");
        run("import", "solid", lines.toString());
        Result wrong = run("import", "solid", renamed.toString());
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.err())
                .contains("Row 1 of " + renamed + ": Column 'vector': The vector has 2 components")
                .doesNotContain("\tat ");
        assertThat(run("collections").out()).containsPattern("solid .* 1 records");

        byte[] bytes = Files.readAllBytes(renamed);
        Files.write(renamed, Arrays.copyOf(bytes, bytes.length - 1));
        Result cut = run("import", "copy", renamed.toString());
        assertThat(cut.status()).isEqualTo(1);
        assertThat(cut.err()).contains("Not a whole Parquet file: " + renamed).doesNotContain("\tat ");
    }

    @Test
    void anEmptyCollectionKeepsItsSettingsAndAModelItsVectors() throws Exception {
        try (Database database = open()) {
            database.create("empty", new Schema(384, Metric.DOT, "bge-small-en-v1.5"));
            database.create("others", new Schema(384, Metric.DOT, "all-minilm-l6-v2"));
        }
        Path file = folder.resolve("empty.parquet");
        assertThat(run("export", "empty", file.toString()).out()).contains("0 records in");
        assertThat(run("import", "copy", file.toString()).out()).contains("0 records into copy");
        assertThat(run("collections").out())
                .containsPattern("copy .* 0 records .* 384 dimensions .* dot .* bge-small-en-v1.5");
        Result others = run("import", "others", file.toString());
        assertThat(others.status()).isEqualTo(1);
        assertThat(others.err()).contains("bge-small-en-v1.5", "all-minilm-l6-v2", "cannot be compared");
    }

    @Test
    void parquetOfOthersComesIn() throws Exception {
        String file = Path.of(CommandLineIT.class
                        .getResource("/parquet/duckdb-snappy.parquet")
                        .toURI())
                .toString();
        Result unnamed = run("import", "others", file);
        assertThat(unnamed.status()).isEqualTo(1);
        assertThat(unnamed.err()).contains("no column 'id'", "--id-column", "doc_id");
        Result in = run(
                "import",
                "others",
                file,
                "--id-column=doc_id",
                "--vector-column=embedding",
                "--text-column=body",
                "--skip-columns=uuid,tags,numbers");
        assertThat(in.err()).doesNotContain("WARNING: A term");
        assertThat(in.out()).contains("5 records into others");
        assertThat(run("export", "others").out())
                .contains("{\"id\":\"1\",\"vector\":[1.0,1.5,-1.0],\"attributes\":{\"lang\":\"de\",\"ok\":false,")
                .doesNotContain("tags");
        assertThat(run("import", "others", "--format", "parquet").status()).isEqualTo(2);
        assertThat(run("export", "others", "--format", "parquet").err()).contains("-o");
        assertThat(run("import", "others", "x.ndjson", "--id-column", "x").err())
                .contains("--format");
    }

    @Test
    void whatDoesNotFitIntoMemoryGoesOutAndComesIn() throws Exception {
        int records = 45_000;
        int dimension = 512;
        String tooSmall = "-Xmx72m";
        try (Database database = open()) {
            float[] vector = new float[dimension];
            database.create("large", new Schema(dimension, Metric.DOT, null))
                    .load(IntStream.range(0, records)
                            .mapToObj(i -> {
                                for (int k = 0; k < dimension; k++) {
                                    vector[k] = (float) Math.sin(i * 1000.0 + k);
                                }
                                return new Record("record-" + i, vector, "Text " + i, Map.of("i", i));
                            })
                            .iterator());
        }
        assertThat((long) records * dimension * Float.BYTES)
                .as("bytes of vectors")
                .isGreaterThan(90_000_000);
        for (String file : List.of("large.parquet", "large.ndjson")) {
            String path = folder.resolve(file).toString();
            Result out = runWith(tooSmall, "export", "large", path);
            assertThat(out.out()).as(out.err()).contains("45,000 records in");
            String copy = "from-" + file.replaceAll(".*\\.", "");
            Result in = runWith(tooSmall, "import", copy, path);
            assertThat(in.out()).as(in.err()).contains("45,000 records into " + copy);
        }
        try (Database database = open()) {
            List<String> ids = List.of("record-0", "record-777", "record-44999");
            List<Record> expected =
                    database.collection("large").fetch(ids, Consistency.STRONG).records();
            for (String copy : List.of("from-parquet", "from-ndjson")) {
                assertThat(database.collection(copy)
                                .fetch(ids, Consistency.STRONG)
                                .records())
                        .usingRecursiveFieldByFieldElementComparator()
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void documentsGoInAndCitedAnswersComeOut() throws Exception {
        writeSome();
        Result first = run("ingest", "docs", documents.toString());
        assertThat(first.status()).as("one file is broken").isEqualTo(1);
        assertThat(first.out())
                .contains("3 added, 0 changed, 0 unchanged, 1 failed")
                .contains("not ingested: broken.pdf cannot be read")
                .contains("1 .bin");
        assertThat(first.err()).doesNotContain("\tat ");

        Files.writeString(documents.resolve("canteen.txt"), "The canteen opens at eleven now.");
        Files.delete(documents.resolve("broken.pdf"));
        Result second = run("ingest", "docs", documents.toString());
        assertThat(second.status()).isZero();
        assertThat(second.out()).contains("0 added, 1 changed, 2 unchanged");

        Result query = run("query", "docs", "how do I roll back?", "-k", "2");
        assertThat(query.status()).isZero();
        assertThat(query.out().lines().findFirst().orElseThrow())
                .contains("guide/deploy.md")
                .contains("Rolling back");
        assertThat(query.out()).contains("deploy --to previous").contains("2 hits by cosine");

        JsonNode json = new ObjectMapper()
                .readTree(run("query", "docs", "how do I roll back?", "--json").out());
        assertThat(json.at("/hits/0/attributes/source").asText()).isEqualTo("guide/deploy.md");

        Result filtered = run("query", "docs", "how do I roll back?", "--filter", "{\"source\": \"canteen.txt\"}");
        assertThat(filtered.out()).contains("canteen.txt").doesNotContain("deploy.md");

        Result update =
                run("update", "docs", "--filter", "{\"source\": \"canteen.txt\"}", "--set", "{\"kind\": \"food\"}");
        assertThat(update.out()).as(update.err()).contains("1 record changed");
        assertThat(run("query", "docs", "lunch", "--filter", "{\"kind\": \"food\"}")
                        .out())
                .contains("canteen.txt");
        assertThat(run("update", "docs", "--id", "nobody", "--unset", "kind").out())
                .contains("0 records changed", "There is no record nobody");
        assertThat(run("update", "docs", "--id", "nobody").err())
                .contains("'set'")
                .doesNotContain("\tat ");
        assertThat(run("query", "docs", "lunch", "--rerank").err())
                .contains("quiver.rerank.models")
                .doesNotContain("\tat ");

        Result ask = run("ask", "docs", "How do I roll back a deployment?");
        assertThat(ask.status()).isZero();
        assertThat(ask.out())
                .contains("No language model is configured")
                .contains("deploy --to previous")
                .containsPattern("\\[\\d] guide/deploy.md — .*Rolling back");

        Result unrelated = run("ask", "docs", "Which key is Beethoven's fifth symphony in?");
        assertThat(unrelated.status()).isZero();
        assertThat(unrelated.out()).contains("do not answer this question");

        Files.delete(documents.resolve("page.html"));
        assertThat(run("ingest", "docs", documents.toString(), "--prune").out()).contains("1 removed");
        assertThat(run("collections").out()).containsPattern("docs .* 384 dimensions .* all-minilm-l6-v2");
    }

    @Test
    void mistakesAreToldInOneLine() throws Exception {
        Result unknown = run("query", "nothing-here", "x");
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.err())
                .contains("There is no collection 'nothing-here'")
                .doesNotContain("\tat ");

        Result folder = run("ingest", "docs", documents.resolve("nowhere").toString());
        assertThat(folder.status()).isEqualTo(1);
        assertThat(folder.err()).contains("There is no file or folder").doesNotContain("\tat ");

        Result model = run("ingest", "docs", documents.toString(), "--model", "no-such-model");
        assertThat(model.status()).isEqualTo(1);
        assertThat(model.err())
                .contains("There is no embedding model 'no-such-model'")
                .contains("bge-small-en-v1.5");

        Result name = run("ingest", "Docs And More", documents.toString());
        assertThat(name.status()).isEqualTo(1);
        assertThat(name.err()).contains("lower-case letters");

        Files.writeString(documents.resolve("a.txt"), "Some text to begin with.");
        assertThat(run("ingest", "docs", documents.toString()).status()).isZero();
        Result other = run("ingest", "docs", documents.toString(), "--model", "bge-small-en-v1.5");
        assertThat(other.status()).isEqualTo(1);
        assertThat(other.err()).contains("all-minilm-l6-v2").contains("bge-small-en-v1.5");

        Result usage = run("query", "docs");
        assertThat(usage.status()).isEqualTo(2);
        assertThat(usage.err()).contains("TEXT");
    }

    @Test
    void anIngestThatIsKilledLeavesWholeDocumentsAndTheNextOneCompletesThem() throws Exception {
        int files = 120;
        writeMany(files);
        try (Child ingest = start("ingest", "docs", documents.toString())) {
            while (ingest.running() && logEntries() < 2) {
                Thread.sleep(5);
            }
            assertThat(ingest.running()).as("killed in the middle").isTrue();
            ingest.kill();
        }

        Map<String, Integer> kept = passages();
        assertThat(kept).isNotEmpty().hasSizeLessThan(files);
        Result again = run("ingest", "docs", documents.toString());
        assertThat(again.status()).isZero();
        assertThat(again.out()).contains((files - kept.size()) + " added, 0 changed, " + kept.size() + " unchanged");
        assertThat(passages()).hasSize(files).containsAllEntriesOf(kept);
    }

    @Test
    void twoIngestsAtOnceIntoOneCollectionLoseNothing() throws Exception {
        writeMany(20);
        Path others = Files.createDirectory(folder.resolve("others"));
        for (int i = 0; i < 20; i++) {
            Files.writeString(others.resolve("doc-%03d.txt".formatted(i)), "Another text, number " + i + ".");
        }
        try (Child one = start("ingest", "docs", documents.toString());
                Child two = start("ingest", "docs", others.toString())) {
            assertThat(one.await().status()).isZero();
            assertThat(two.await().status()).isZero();
        }
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

    @Test
    void aServerAndTheCommandLineWorkOnOneFolder() throws Exception {
        writeSome();
        Files.delete(documents.resolve("broken.pdf"));
        Path server = Path.of(System.getProperty("quiver.api.target")).resolve("quarkus-app/quarkus-run.jar");
        assertThat(server).as("functions/api is packaged before this test").exists();
        try (Child child = Child.java(
                Map.of("QUIVER_DATA", data.toString()),
                folder,
                List.of("-Dquarkus.http.port=0", "-jar", server.toString()))) {
            String listening = child.awaitLine(l -> l.contains("Listening on: http"));
            String address = listening.replaceAll(".*Listening on: (http\\S+).*", "$1");
            assertThat(post(address, "collections/list", "{}").path("collections"))
                    .isEmpty();

            assertThat(run("ingest", "docs", documents.toString()).status()).isZero();
            JsonNode hits = post(address, "query", "{\"collection\": \"docs\", \"text\": \"how do I roll back?\"}")
                    .path("hits");
            assertThat(hits.at("/0/attributes/source").asText()).isEqualTo("guide/deploy.md");

            post(
                    address,
                    "upsert",
                    "{\"collection\": \"docs\", \"records\": [{\"id\": \"note\", \"text\": \"The sauna is heated on Fridays.\"}]}");
            assertThat(run("query", "docs", "when is the sauna hot?", "-k", "1").out())
                    .contains("note")
                    .contains("Fridays");
            assertThat(run("ingest", "docs", documents.toString(), "--prune").out())
                    .contains("0 added, 0 changed, 3 unchanged")
                    .doesNotContain("removed");
            assertThat(post(address, "fetch", "{\"collection\": \"docs\", \"ids\": [\"note\"]}")
                            .path("records"))
                    .hasSize(1);
        }
    }

    @Test
    void aDeployedQuiverIsAskedByItsAddress() throws Exception {
        writeSome();
        Files.delete(documents.resolve("broken.pdf"));
        assertThat(run("ingest", "docs", documents.toString()).status()).isZero();
        Path keys = folder.resolve("keys.json");
        Result created = run("key", "create", "reader", "--scopes=read", "--collections=*", "--file", keys.toString());
        String key = Pattern.compile("qvr_reader_\\S+")
                .matcher(created.out())
                .results()
                .findFirst()
                .orElseThrow()
                .group();
        Path server = Path.of(System.getProperty("quiver.api.target")).resolve("quarkus-app/quarkus-run.jar");
        try (Child child = Child.java(
                Map.of("QUIVER_DATA", data.toString(), "QUIVER_AUTH_MODE", "keys", "QUIVER_AUTH_KEYS", keys.toString()),
                folder,
                List.of("-Dquarkus.http.port=0", "-jar", server.toString()))) {
            String address = child.awaitLine(l -> l.contains("Listening on: http"))
                    .replaceAll(".*Listening on: (http\\S+).*", "$1");
            // Nothing is here: the answers come from there.
            Map<String, String> elsewhere =
                    Map.of("QUIVER_DATA", folder.resolve("empty").toString());
            Map<String, String> withKey = new HashMap<>(elsewhere);
            withKey.put("QUIVER_KEY", key);

            Result query = run(elsewhere, "query", "docs", "how do I roll back?", "--url", address, "--key", key);
            assertThat(query.status()).as(query.err()).isZero();
            assertThat(query.out()).contains("guide/deploy.md").contains("hits by cosine");
            Result ask = run(withKey, "ask", "docs", "How do I roll back?", "--url=" + address);
            assertThat(ask.out()).as(ask.err()).contains("[1]").contains("guide/deploy.md");
            JsonNode json = new ObjectMapper()
                    .readTree(run(withKey, "ask", "docs", "How do I roll back?", "--json", "--url", address)
                            .out());
            assertThat(json.at("/citations/0/attributes/source").asText()).isEqualTo("guide/deploy.md");
            assertThat(run(withKey, "collections", "--url", address).out())
                    .containsPattern("docs .* records .* 384 dimensions")
                    .contains("in " + address);

            Result stranger = run(elsewhere, "collections", "--url", address);
            assertThat(stranger.status()).isEqualTo(1);
            assertThat(stranger.err()).contains("Authorization: Bearer").doesNotContain("\tat ");
            assertThat(run(withKey, "query", "nowhere", "x", "--url", address).err())
                    .contains("'nowhere'")
                    .doesNotContain("\tat ");
            assertThat(run(elsewhere, "query", "docs", "x", "--key", key).err()).contains("--url");
            assertThat(run(withKey, "query", "docs", "x", "--url", "localhost").err())
                    .contains("'localhost' is not the address of a server");
            assertThat(folder.resolve("empty")).doesNotExist();
        }
    }

    private static JsonNode post(String address, String operation, String json) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create(address + "/" + operation))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(json))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            return new ObjectMapper().readTree(response.body());
        }
    }

    @Test
    void aLanguageModelAnswersIfOneIsConfigured() throws Exception {
        writeSome();
        run("ingest", "docs", documents.toString());
        try (ScriptedProvider provider = ScriptedProvider.start()) {
            provider.answers("Run `deploy --to ", "previous` [", "1] or ask [9].");
            Map<String, String> settings = Map.of(
                    "QUIVER_CHAT_PROVIDER", "openai",
                    "QUIVER_CHAT_MODEL_NAME", "gpt-scripted",
                    "QUIVER_CHAT_BASE_URL", provider.baseUrl());
            Result ask = run(settings, "ask", "docs", "How do I roll back a deployment?");
            assertThat(ask.status()).isZero();
            assertThat(ask.out()).startsWith("Run `deploy --to previous` [1] or ask .\n\n[1] guide/deploy.md");
            assertThat(provider.lastCall().body().path("stream").asBoolean()).isTrue();

            JsonNode json = new ObjectMapper()
                    .readTree(run(settings, "ask", "docs", "How do I roll back a deployment?", "--json")
                            .out());
            assertThat(json.path("writer").asText()).isEqualTo("openai:gpt-scripted");

            provider.failsWith(401, "the key is wrong");
            Result failed = run(settings, "ask", "docs", "How do I roll back a deployment?");
            assertThat(failed.status()).isEqualTo(1);
            assertThat(failed.err())
                    .contains("openai:gpt-scripted", "the key is wrong")
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void wrongSettingsAreToldInOneLine() throws Exception {
        Path file = Files.writeString(folder.resolve("a file"), "x");
        for (Map.Entry<String, String> wrong : Map.of(
                        "QUIVER_DATA", "ftp://host/x",
                        "QUIVER_CHAT_PROVIDER", "clippy",
                        "QUIVER_CHAT_TIMEOUT", "soon",
                        "QUIVER_EMBEDDING_MODEL", "no-such-model",
                        "QUIVER_LOG_FOLD_RECORDS", "many")
                .entrySet()) {
            Result result = run(Map.of(wrong.getKey(), wrong.getValue()), "collections");
            assertThat(result.status()).as("%s", result).isEqualTo(1);
            assertThat(result.err()).contains("quiver: ", wrong.getValue()).doesNotContain("\tat ", "java.");
            assertThat(result.out()).isEmpty();
        }
        Result onFile = run(Map.of("QUIVER_DATA", file.toString()), "ingest", "docs", documents.toString());
        assertThat(onFile.status()).isEqualTo(1);
        assertThat(onFile.err()).contains("a file").doesNotContain("\tat ", "java.");

        Result filter = run("query", "docs", "x", "--filter", "{'a': 1}");
        assertThat(filter.status()).isEqualTo(1);
        assertThat(filter.err()).contains("line 1").doesNotContain("\tat ", "com.fasterxml");
    }

    @Test
    void whatATerminalWouldObeyIsNotPrinted() throws Exception {
        Files.writeString(
                documents.resolve("clear\u001b[2J.txt"), "The sauna is \u001b]0;heated\u0007 on \u009b1mFridays.");
        Files.writeString(documents.resolve("broken\u001b[2J.pdf"), "%PDF-1.7");
        Files.writeString(documents.resolve("code.md"), "# The sauna\u001b[1m\n\n    sauna \u001b[2J heat\n");
        Result ingest = run("ingest", "docs", documents.toString());
        assertThat(ingest.out()).contains("broken[2J.pdf");
        for (Result result : List.of(
                ingest,
                run("query", "docs", "when is the sauna hot?"),
                run("ask", "docs", "When is the sauna heated?"))) {
            assertThat(result.out()).doesNotContain("\u001b", "\u0007", "\u009b");
        }
    }

    @Test
    void namesOfFilesMayBeAnything() throws Exception {
        for (String name :
                List.of("mit Leerzeichen.txt", "ünï 東京 😀.md", "-k.txt", "a'b\"c.txt", "x".repeat(240) + ".txt")) {
            Files.writeString(documents.resolve(name), "Text of a file with the name " + name);
        }
        assertThat(run("ingest", "docs", documents.toString()).out()).contains("5 added");
        assertThat(run("ingest", "docs", documents.toString()).out()).contains("5 unchanged");
        assertThat(run("ingest", "docs", documents.resolve("-k.txt").toString()).out())
                .contains("1 unchanged");
        assertThat(run("query", "docs", "東京", "-k", "5").out()).contains("ünï 東京 😀.md");
    }

    @Test
    void helpTellsTheCommandsAndTheirOptions() {
        assertThat(run("--help").out()).contains("ingest", "query", "ask", "collections");
        assertThat(run("ingest", "--help").out()).contains("COLLECTION", "FOLDER", "--prune", "--model");
        assertThat(run("export", "--help").out()).contains("COLLECTION", "--output", "--format", "--as-of");
        assertThat(run("import", "--help").out()).contains("--format", "--id-column", "--skip-columns", "--metric");
        assertThat(run("--version").out()).contains("Quiver");
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

    @Test
    void aModelIsTrainedAddedAdaptedAndEvaluated() throws Exception {
        List<String> text = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            text.add(i % 2 == 0 ? "cats purr and drink warm milk" : "dogs bark and chase the postman");
        }
        String words = Files.write(folder.resolve("text"), text).toString();
        String model = folder.resolve("model").toString();
        assertThat(run("train", "word2vec", words, model, "--dim=8", "--thread=1", "--min-count=1")
                        .status())
                .isZero();
        Result added = run("models", "add", "pets", model);
        assertThat(added.status()).as(added.err()).isZero();
        assertThat(added.out()).containsPattern("pets@[0-9a-f]{12}, 8 dimensions");
        assertThat(run("models", "add", "pets", model).err()).contains("--replace");
        assertThat(run("models", "add", "all-minilm-l6-v2", model).err()).contains("Choose another name");

        String pairs = Files.write(
                        folder.resolve("pairs.tsv"),
                        List.of(
                                "purr\tcats drink",
                                "milk\twarm milk",
                                "bark\tdogs chase",
                                "chase\tthe postman",
                                "cats\twarm milk",
                                "dogs\tthe postman"))
                .toString();
        String adapter = folder.resolve("adapter").toString();
        Result trained = run("train", "adapter", pairs, adapter, "--base", "pets", "--held-out=0", "--epoch=3");
        assertThat(trained.status()).as(trained.err()).isZero();
        assertThat(trained.out()).contains("6 pairs of 6 queries and 4 documents", "pets@");
        assertThat(run("models", "add", "tuned", adapter).status()).isZero();
        assertThat(run("models", "list").out()).contains("pets@", "tuned@", "adapter");
        assertThat(run("models", "show", "tuned").out()).contains("\"base\" : \"pets@");
        assertThat(run("models", "remove", "pets").err()).contains("tuned", "--force");

        Result alone = run("evaluate", pairs, "--model", "pets");
        assertThat(alone.status()).as(alone.err()).isZero();
        assertThat(alone.out()).contains("6 queries, 4 documents").containsPattern("nDCG@10 +[01]\\.\\d{3} \\(");
        Result compared = run("evaluate", pairs, "--model", "tuned");
        assertThat(compared.status())
                .as("too few queries to recommend anything")
                .isEqualTo(3);
        assertThat(compared.out()).contains("recall@100", "MRR@10", "Not to be used", "tuned@", "instead of pets@");

        assertThat(run("models", "remove", "tuned").status()).isZero();
        assertThat(run("models", "remove", "pets").status()).isZero();
        assertThat(run("models", "show", "pets").err()).contains("There is no model 'pets'");
    }

    private Result run(String... arguments) {
        return run(Map.of(), arguments);
    }

    private Result run(Map<String, String> settings, String... arguments) {
        try (Child child = start(settings, arguments)) {
            return child.await();
        }
    }

    private Child start(String... arguments) {
        return start(Map.of(), arguments);
    }

    private Child start(Map<String, String> settings, String... arguments) {
        return start(settings, List.of(), arguments);
    }

    private Result runWith(String jvmOption, String... arguments) {
        try (Child child = start(Map.of(), List.of(jvmOption), arguments)) {
            return child.await();
        }
    }

    private Child start(Map<String, String> settings, List<String> jvmOptions, String... arguments) {
        Map<String, String> environment = new HashMap<>(settings);
        environment.putIfAbsent("QUIVER_DATA", data.toString());
        environment.put("COLUMNS", "100");
        environment.put("LC_ALL", "C.UTF-8");
        List<String> command = new ArrayList<>(jvmOptions);
        command.addAll(List.of(
                "-cp",
                TARGET.resolve("quiver-functions-cli-0.1.0-SNAPSHOT.jar") + File.pathSeparator + TARGET.resolve("lib")
                        + "/*",
                "dev.quiver.cli.Main"));
        command.addAll(List.of(arguments));
        return Child.java(environment, folder, command);
    }
}
