package dev.quiver.cli;

import dev.quiver.functions.Quiver;
import dev.quiver.index.CollectionCheck.Finding;
import dev.quiver.index.CollectionCheck.Report;
import dev.quiver.index.CollectionCheck.Severity;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "check",
        description =
                "Read and verify everything that a collection has, and change nothing. Exits with 3 if something is damaged.",
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
    private static final int DAMAGED = 3;

    @Parameters(arity = "0..*", paramLabel = "COLLECTION", description = "All if none is given.")
    private List<String> names;

    @Option(names = "--orphans", description = "Name every object that nothing refers to.")
    private boolean orphans;

    @Override
    public Integer call() {
        boolean damaged = false;
        try (Quiver quiver = Main.open()) {
            List<String> all = names == null
                    // Beside the collections lie models and others' buckets, whose names could not be one's.
                    ? quiver.database().store().folders("").stream()
                            .filter(dev.quiver.index.log.Layout::isName)
                            .toList()
                    : names;
            for (String name : all) {
                Report report = quiver.database().check(name);
                damaged |= report.damaged();
                print(name, report);
            }
        }
        return damaged ? DAMAGED : 0;
    }

    private void print(String name, Report report) {
        List<Finding> unused = report.findings().stream()
                .filter(f -> f.severity() == Severity.ORPHAN)
                .toList();
        System.out.printf(
                "%s  %s: %,d records, %,d objects verified, %,d bytes%n",
                report.damaged() ? Terminal.bold("DAMAGED") : "whole",
                name,
                report.records(),
                report.objects(),
                report.bytes());
        for (Finding f : report.findings()) {
            if (orphans || f.severity() != Severity.ORPHAN) {
                System.out.printf("  %s: %s%n      %s%n", f.key(), f.problem(), f.advice());
            }
        }
        if (!unused.isEmpty() && !orphans) {
            System.out.println(Terminal.faint(
                    "  %,d objects that nothing refers to (--orphans names them); garbage collection deletes them after the grace period"
                            .formatted(unused.size())));
        }
    }
}
