package dev.quiver.bench;

import dev.quiver.bench.Report.Target;
import dev.quiver.index.vector.KernelChoice;
import java.nio.file.Files;
import java.nio.file.Path;
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
            new FilterSection(),
            new ColdSection(),
            new LambdaSection(),
            new LogSection(),
            new QualitySection(),
            new TextSection(),
            new IngestSection(),
            new TrainingSection(),
            new AdapterSection(),
            new CostSection());

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
            report.finish();
            reports.put(s, report);
            progress("%s took %.0f s", s.title(), (System.nanoTime() - started) / 1e9);
        }
        Path file = options.home().resolve(sections.getFirst().page());
        if (options.only() != null && !(options.update() && Files.exists(file))) {
            System.out.print(document(options, facts, reports));
            return;
        }
        Files.createDirectories(file.getParent());
        Files.writeString(
                file,
                options.only() == null
                        ? document(options, facts, reports)
                        : updated(Files.readString(file), sections.getFirst(), section(options, reports)));
        System.out.println("Written: " + file);
        List<Target> targets = new ArrayList<>();
        reports.values().forEach(r -> targets.addAll(r.targets()));
        System.out.print(Report.markdown(targets));
    }

    /** The page with one section replaced; each says when it was measured. */
    static String updated(String page, Section section, String by) {
        String title = "## " + section.title() + "\n";
        int start = page.indexOf(title);
        if (start < 0) {
            return page.stripTrailing() + "\n\n" + by;
        }
        int end = page.indexOf("\n## ", start);
        return page.substring(0, start) + by + (end < 0 ? "" : page.substring(end));
    }

    private static List<Section> chosen(String only) {
        if (only == null) {
            // What is computed from these figures has a page of its own, which is brought up to date after it was
            // looked at.
            return SECTIONS.stream()
                    .filter(s -> s.page().equals(Section.BENCHMARKS))
                    .toList();
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
        StringBuilder md = new StringBuilder("# Benchmarks\n\n");
        md.append(
                "Written by `./quiver bench`, all of it or section by section; each says when. Do not edit: run it again.");
        md.append(options.quick() ? " This was a quick run: the figures are rough.\n\n" : "\n\n");
        facts.forEach(f -> md.append("- ").append(f).append('\n'));
        md.append("- Kernels: ").append(KernelChoice.best().name()).append("\n\n");
        return md + section(options, reports);
    }

    private static String section(Options options, Map<Section, Report> reports) {
        String flags = (options.quick() ? " --quick" : "")
                + (options.builtOnly() ? " --built-only" : "")
                + (options.image().isPresent() ? " --image kernel-times" : "");
        StringBuilder md = new StringBuilder();
        reports.forEach((section, report) -> md.append("## ")
                .append(section.title())
                .append("\n\n`./quiver bench")
                .append(flags)
                .append(" --only ")
                .append(section.name())
                .append("`, ")
                .append(report.finished().truncatedTo(ChronoUnit.MINUTES))
                .append("\n\n")
                .append(Report.markdown(report.targets()))
                .append(report.markdown()));
        return md.toString().stripTrailing() + "\n";
    }

    /** To the terminal, so that the result may be piped. */
    static void progress(String text, Object... values) {
        System.err.println("bench: " + Report.format(text, values));
    }
}
