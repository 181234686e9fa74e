package dev.quiver.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.bench.data.Cache;
import dev.quiver.bench.data.Commands;
import dev.quiver.bench.data.UnavailableException;
import dev.quiver.bench.peers.ChildEngine.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;

/** All that is measured. */
public final class Engines {
    /** Of a graph's row; hnswlib and those after it allow twice as many in the lowest layer. */
    static final int CONNECTIONS = 32;

    /** Candidates while a graph is built: efConstruction, beam width. */
    static final int BEAM = 200;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String GRAPH = "-m" + CONNECTIONS + "-ef" + BEAM;
    private static final List<Integer> CANDIDATES =
            List.of(10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1500, 2000);
    private static final List<Integer> PROBES = List.of(1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256);

    /** Accuracy asked for, in thousandths. */
    private static final List<Integer> ACCURACIES = List.of(600, 700, 800, 850, 900, 930, 950, 970, 980, 990, 995, 998);

    /** Of Quiver itself. */
    public static final String OWN = "Quiver";

    private Engines() {}

    /** In the order of the tables. Each is opened for one set, closed, and then made anew by another call. */
    /** @param builtOnly those whose index is not in the cache are unavailable */
    public static List<Engine> all(Path home, boolean builtOnly) {
        List<ChildEngine> all = List.of(
                new ChildEngine(
                        new Peer(ChildEngine.NEVER_KEPT + "quiver", OWN, "this Quiver, one segment", true, ACCURACIES),
                        () -> java("quiver")),
                node(
                        home,
                        "hnswlib-node",
                        "hnswlib",
                        "hnswlib-node 3.0.0 (C++, compiled with -march=native), float32",
                        true,
                        CANDIDATES),
                node(home, "usearch-f32", "usearch f32", "usearch 2.26.2 (C++), float32", false, CANDIDATES),
                node(
                        home,
                        "usearch-i8",
                        "usearch i8",
                        "usearch 2.26.2 (C++), int8 without rescoring",
                        false,
                        CANDIDATES),
                jvm("lucene-float", "Lucene float", "Lucene 10.6.0, Lucene99HnswVectorsFormat", true),
                jvm(
                        "lucene-int8",
                        "Lucene int8",
                        "Lucene 10.6.0, vectors quantised to 7 bits, the best 30 rescored",
                        true),
                jvm(
                        "lucene-bbq",
                        "Lucene BBQ",
                        "Lucene 10.6.0, vectors quantised to 1 bit, all candidates rescored",
                        true),
                jvm("jvector", "JVector", "JVector 4.0.2, float32 in memory", true),
                jvm("hnswlib-core", "hnswlib-core", "hnswlib-core 1.2.1 (Java), float32", false),
                node(home, "lancedb", "LanceDB", "LanceDB 0.39.0, IVF_PQ on disk, √n lists, refined", true, PROBES),
                node(home, "zvec", "zvec", "zvec 0.7.0 (C++), HNSW, float32", true, CANDIDATES),
                node(home, "sqlite-vec", "sqlite-vec", "sqlite-vec 0.1.9, exact scan", true, List.of(1)));
        if (builtOnly) {
            all.forEach(ChildEngine::neverBuild);
        }
        return List.copyOf(all);
    }

    /** For the process of a JVM peer. */
    static Searcher searcher(String id) {
        return switch (id) {
            case "quiver" -> new QuiverSearcher();
            case "lucene-float" -> new LuceneSearcher(null, 0);
            case "lucene-int8" -> new LuceneSearcher(ScalarEncoding.SEVEN_BIT, 3);
            case "lucene-bbq" -> new LuceneSearcher(ScalarEncoding.SINGLE_BIT_QUERY_NIBBLE, 200);
            case "jvector" -> new JVectorSearcher();
            case "hnswlib-core" -> new HnswlibCoreSearcher();
            default -> throw new IllegalArgumentException("There is no peer " + id);
        };
    }

    private static ChildEngine jvm(String id, String name, String description, boolean filters) {
        return new ChildEngine(new Peer(id + GRAPH, name, description, filters, CANDIDATES), () -> java(id));
    }

    private static List<String> java(String id) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return List.of(
                java.toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx4g",
                "-cp",
                System.getProperty("java.class.path"),
                JvmPeer.class.getName(),
                id);
    }

    private static ChildEngine node(
            Path home, String id, String name, String description, boolean filters, List<Integer> efforts) {
        String parameters = efforts == CANDIDATES ? GRAPH : "";
        return new ChildEngine(new Peer(id + parameters, name, description, filters, efforts), () -> {
            Path script = install(home.resolve("bench/peers"), id);
            return List.of("node", "--expose-gc", script.toString(), id);
        });
    }

    /** Each into a folder of its own: npm installs all that it is asked for or nothing. */
    private static Path install(Path sources, String id) throws IOException, InterruptedException {
        if (!Commands.exists("node")) {
            throw new UnavailableException("there is no node here");
        }
        List<String> packages =
                switch (id) {
                    case "usearch-f32", "usearch-i8" -> List.of("usearch");
                    case "lancedb" -> List.of("@lancedb/lancedb");
                    case "zvec" -> List.of("@zvec/zvec");
                    case "sqlite-vec" -> List.of("sqlite-vec", "better-sqlite3");
                    default -> List.of(id);
                };
        JsonNode versions =
                JSON.readTree(sources.resolve("package.json").toFile()).path("dependencies");
        List<String> pinned = new ArrayList<>();
        for (String p : packages) {
            pinned.add(p + "@" + versions.path(p).asText());
        }
        Path folder =
                Cache.folder().resolve("node").resolve(String.join("+", pinned).replace('/', '-'));
        Path script = folder.resolve("peers.mjs");
        Path installed = folder.resolve("installed");
        if (!Files.exists(installed)) {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("package.json"), "{\"private\": true}\n");
            // What is compiled here is compiled for this machine: hnswlib has its SIMD only then.
            Commands.run(
                    folder,
                    Map.of("CXXFLAGS", "-O3 -march=native"),
                    Stream.concat(
                                    Stream.of("npm", "install", "--no-package-lock", "--no-audit", "--no-fund"),
                                    pinned.stream())
                            .toList());
            Files.createFile(installed);
        }
        Files.copy(sources.resolve("peers.mjs"), script, StandardCopyOption.REPLACE_EXISTING);
        return script;
    }
}
