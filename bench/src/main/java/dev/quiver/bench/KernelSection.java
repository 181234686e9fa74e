package dev.quiver.bench;

import dev.quiver.index.vector.KernelChoice;
import dev.quiver.index.vector.KernelTimes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The inner loops alone: what SIMD gives where memory does not hold it back. Each figure comes from a JVM of its own. */
final class KernelSection implements Section {
    /** Those of this machine; a build without a C compiler has none in C. */
    private static final List<String> KINDS = Stream.of("scalar", "vector-api", "c")
            .filter(kind -> KernelChoice.all().stream().anyMatch(k -> (k.name() + "-").startsWith(kind + "-")))
            .toList();

    /** Benchmark, dimension, kernels. */
    private record Key(String benchmark, int dimension, String kernels) {}

    @Override
    public String name() {
        return "kernels";
    }

    @Override
    public String title() {
        return "Kernels";
    }

    @Override
    public void measure(Options options, Report report) throws RunnerException {
        TimeValue time = TimeValue.milliseconds(options.quick() ? 200 : 500);
        // Without -Xbatch a busy machine may not have compiled the Vector API when the warm-up is over, and measures
        // boxes.
        Runner runner = new Runner(new OptionsBuilder()
                .include(KernelBenchmark.class.getName())
                .param("kernels", KINDS.toArray(String[]::new))
                .jvmArgs(
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx256m",
                        "-Xbatch")
                .forks(1)
                .warmupIterations(3)
                .warmupTime(time)
                .measurementIterations(5)
                .measurementTime(time)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build());
        // Every JVM that is started warns of the incubator module; that is only of interest if it fails.
        PrintStream err = System.err;
        ByteArrayOutputStream warnings = new ByteArrayOutputStream();
        System.setErr(new PrintStream(warnings, true, StandardCharsets.UTF_8));
        try {
            report(List.copyOf(runner.run()), report);
            times(options, report);
        } catch (RunnerException e) {
            err.print(warnings.toString(StandardCharsets.UTF_8));
            throw e;
        } finally {
            System.setErr(err);
        }
    }

    private static void report(List<RunResult> results, Report report) {
        var nanos = new HashMap<Key, Double>();
        var dimensions = new TreeSet<Integer>();
        for (RunResult r : results) {
            int dimension = Integer.parseInt(r.getParams().getParam("dimension"));
            dimensions.add(dimension);
            nanos.put(
                    new Key(
                            r.getPrimaryResult().getLabel(),
                            dimension,
                            r.getParams().getParam("kernels")),
                    r.getPrimaryResult().getScore());
        }
        List<List<String>> rows = new ArrayList<>();
        for (String benchmark : List.of("dot", "squaredDistance", "dotInt8", "estimate")) {
            for (int dimension : dimensions) {
                List<String> row = new ArrayList<>(List.of("`" + benchmark + "`", Integer.toString(dimension)));
                for (String kind : KINDS) {
                    row.add(Report.format("%.2f", nanos.get(new Key(benchmark, dimension, kind))));
                }
                rows.add(row);
            }
        }
        report.paragraph(
                "ns a row over %d rows, or %d blocks of codes of one bit, that stay in cache, by JMH (average of 5 iterations in a JVM of its own, compiled before: the Vector API takes seconds until it is).",
                KernelBenchmark.ROWS, KernelBenchmark.BLOCKS);
        List<String> header = new ArrayList<>(List.of("kernel", "dimension"));
        header.addAll(KINDS);
        report.table(header, rows);
    }

    /** The first calls count too: a function that has just started has no others. */
    private static void times(Options options, Report report) {
        report.paragraph(
                "The same kernels as a process meets them: its first call, nothing compiled yet, and the best of many later ones (`KernelTimes`).");
        report.paragraph("On the JVM:");
        table(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KernelTimes.class.getName(),
                        "c",
                        "vector-api",
                        "scalar"),
                report);
        if (options.image().isPresent()) {
            report.paragraph("In a native image:");
            table(List.of(options.image().get().toString()), report);
        } else {
            report.paragraph(
                    "In a native image: not measured; build one of `KernelTimes` (docs/design/0006-kernels.md) and name it by `--image FILE`.");
        }
    }

    private static void table(List<String> command, Report report) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String printed;
            try (InputStream in = process.getInputStream()) {
                printed = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
            process.waitFor();
            report.paragraph(
                    "%s", printed.lines().filter(l -> l.startsWith("|")).collect(Collectors.joining("\n")));
        } catch (IOException e) {
            report.paragraph("Not measured: %s.", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
