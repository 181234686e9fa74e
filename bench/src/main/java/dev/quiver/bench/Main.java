package dev.quiver.bench;

import dev.quiver.bench.Report.Target;
import dev.quiver.index.vector.KernelChoice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Measures Quiver, section by section, and writes {@code docs/benchmarks.md} anew, so that no figure in it is older or of another machine than its
 * neighbours.
 */
public final class Main {
    private static final List<Section> SECTIONS = List.of(
            new KernelSection(),
            new ScanSection(),
            new PeersSection(),
            new ColdSection(),
            new QualitySection(),
            new IngestSection());

    /** Libraries that tell of every start. Held, for a logger that is not referenced loses its level. */
    private static final List<Logger> TALKATIVE = Stream.of("ai.djl", "dev.quiver", "org.apache.lucene")
            .map(Logger::getLogger)
            .toList();

    private Main() {}

    public static void main(String[] args) throws Exception {
        TALKATIVE.forEach(logger -> logger.setLevel(Level.SEVERE));
        Options options;
        List<Section> sections;
        try {
            options = Options.parse(args);
            sections = chosen(options.only());
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n\n" + Options.USAGE);
            System.exit(2);
            return;
        }
        List<String> facts = Machine.facts();
        Map<Section, Report> reports = new LinkedHashMap<>();
        for (Section s : sections) {
            long started = System.nanoTime();
            progress(s.title() + " ...");
            Report report = new Report();
            s.measure(options, report);
            reports.put(s, report);
            progress("%s took %.0f s", s.title(), (System.nanoTime() - started) / 1e9);
        }
        String document = document(options, facts, reports);
        if (options.only() != null) {
            System.out.print(document);
            return;
        }
        Path file = options.home().resolve("docs/benchmarks.md");
        Files.createDirectories(file.getParent());
        Files.writeString(file, document);
        System.out.println("Written: " + file);
        System.out.print(Report.markdown(targets(reports)));
    }

    private static List<Section> chosen(String only) {
        if (only == null) {
            return SECTIONS;
        }
        List<Section> chosen =
                SECTIONS.stream().filter(s -> s.name().equals(only)).toList();
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException("There is no section '" + only + "'; there are "
                    + SECTIONS.stream().map(Section::name).collect(Collectors.joining(", ")) + ".");
        }
        return chosen;
    }

    private static String document(Options options, List<String> facts, Map<Section, Report> reports) {
        String command = "./quiver bench" + (options.quick() ? " --quick" : "")
                + (options.builtOnly() ? " --built-only" : "")
                + (options.image().isPresent() ? " --image kernel-times" : "");
        StringBuilder md = new StringBuilder("# Benchmarks\n\n");
        md.append("Written by `")
                .append(command)
                .append("` on ")
                .append(Instant.now().truncatedTo(ChronoUnit.MINUTES))
                .append(
                        options.quick()
                                ? ", a quick run: the figures are rough. The full one is `./quiver bench`.\n\n"
                                : ", a full run. Do not edit: run it again.\n\n");
        facts.forEach(f -> md.append("- ").append(f).append('\n'));
        md.append("- Kernels: ").append(KernelChoice.best().name()).append("\n\n");
        md.append(Report.markdown(targets(reports)));
        reports.forEach((section, report) -> md.append("## ")
                .append(section.title())
                .append("\n\n`")
                .append(command)
                .append(" --only ")
                .append(section.name())
                .append("`\n\n")
                .append(report.markdown()));
        return md.toString().stripTrailing() + "\n";
    }

    private static List<Target> targets(Map<Section, Report> reports) {
        List<Target> targets = new ArrayList<>();
        reports.values().forEach(r -> targets.addAll(r.targets()));
        return targets;
    }

    /** To the terminal, so that the result may be piped. */
    static void progress(String text, Object... values) {
        System.err.println("bench: " + Report.format(text, values));
    }
}
