package dev.quiver.bench;

import dev.quiver.bench.data.DataSets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the command line asks for.
 *
 * @param home the repository
 * @param quick fewer and shorter rounds, to see that all works; the figures are rougher
 * @param only the name of one section, or null for all
 * @param corpus a test collection, see {@link Corpus}
 * @param folder documents to ingest instead of the corpus
 * @param rows at most so many of each set of the peers, see {@link #rowsOf}
 * @param builtOnly only peers whose index was built before
 * @param sets the names of those that peers are measured on, none for all
 * @param engines the names of those that are measured beside others, none for all
 * @param packages for Lambda, none for the one that was built last
 */
record Options(
        Path home,
        boolean quick,
        String only,
        Optional<Path> corpus,
        Optional<Path> folder,
        OptionalInt rows,
        List<String> sets,
        List<String> engines,
        boolean builtOnly,
        Optional<Path> image,
        List<Path> packages,
        boolean update) {
    static final String USAGE = """
            usage: ./quiver bench [--quick] [--only SECTION] [--corpus DIR] [--folder DIR]
                               [--rows N] [--sets A,B] [--engines A,B]

              --quick          rougher figures in minutes (the first time, indexes of peers are built: longer)
              --only SECTION   measure one section and print it: kernels, scan, peers, filters, cold, lambda, log,
                               quality, text, ingest, training or adapters; or cost, which computes the tables of docs/cost.md
              --corpus DIR     a test collection (corpus.jsonl, queries.jsonl, qrels.tsv) for quality, text, ingest and
                               adapters
                               (default $QUIVER_BENCH_CORPUS, else ../shared/data/cranfield)
              --folder DIR     documents for ingest instead of the corpus
              --rows N         at most so many rows of each set of the peers (default all, quick 50,000 or 20,000)
              --sets A,B       measure the peers on these sets only: glove, fashion-mnist, minilm
              --engines A,B    measure only these engines of the peers
              --image FILE     a native image of KernelTimes, to measure the kernels in it too
              --package FILE   a package for Lambda, native or for the JVM, may be repeated (default the one that was built last)
              --update         with --only: replace the section in its page under docs instead of printing it
              --built-only     leave out peers whose index is not in the cache: graphs take hours the first time
            """;

    /** @throws IllegalArgumentException if the arguments are not understood */
    static Options parse(String[] args) {
        Path home = null;
        boolean quick = false;
        String only = null;
        Path corpus = null;
        Path folder = null;
        OptionalInt rows = OptionalInt.empty();
        List<String> sets = List.of();
        List<String> engines = List.of();
        boolean builtOnly = false;
        Path image = null;
        List<Path> packages = new ArrayList<>();
        boolean update = false;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--quick" -> quick = true;
                case "--home" -> home = Path.of(value(args, ++i));
                case "--only" -> only = value(args, ++i);
                case "--corpus" -> corpus = directory(value(args, ++i));
                case "--folder" -> folder = directory(value(args, ++i));
                case "--rows" -> rows = OptionalInt.of(Integer.parseInt(value(args, ++i)));
                case "--sets" -> sets = List.of(value(args, ++i).split(","));
                case "--image" -> image = Path.of(value(args, ++i)).toAbsolutePath();
                case "--package" -> packages.add(Path.of(value(args, ++i)).toAbsolutePath());
                case "--update" -> update = true;
                case "--built-only" -> builtOnly = true;
                case "--engines" -> engines = List.of(value(args, ++i).split(","));
                default -> throw new IllegalArgumentException("There is no option '" + args[i] + "'.");
            }
        }
        if (home == null) {
            throw new IllegalArgumentException("--home is missing; ./quiver bench sets it.");
        }
        Optional<Path> found = Optional.ofNullable(corpus)
                .or(() -> Optional.ofNullable(System.getenv("QUIVER_BENCH_CORPUS"))
                        .map(Options::directory));
        if (found.isEmpty()) {
            found = Optional.of(home.resolve("../shared/data/cranfield").normalize())
                    .filter(Files::isDirectory);
        }
        return new Options(
                home,
                quick,
                only,
                found,
                Optional.ofNullable(folder),
                rows,
                sets,
                engines,
                builtOnly,
                Optional.ofNullable(image),
                List.copyOf(packages),
                update);
    }

    /** How many rows of a set are searched at most. */
    int rowsOf(DataSets set) {
        return rows.orElse(!quick ? Integer.MAX_VALUE : set == DataSets.GLOVE ? 50_000 : 20_000);
    }

    private static String value(String[] args, int i) {
        if (i == args.length) {
            throw new IllegalArgumentException(args[i - 1] + " wants a value.");
        }
        return args[i];
    }

    private static Path directory(String name) {
        Path path = Path.of(name);
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException("There is no folder '" + name + "'.");
        }
        return path;
    }
}
