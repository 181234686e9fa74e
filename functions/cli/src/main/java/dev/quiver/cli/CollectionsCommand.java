package dev.quiver.cli;

import dev.quiver.functions.operation.Messages.CollectionResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "collections", description = "List the collections.", mixinStandardHelpOptions = true)
final class CollectionsCommand implements Callable<Integer> {
    @Mixin
    private Operations.Choice quiver;

    @Override
    public Integer call() {
        try (Operations operations = quiver.open()) {
            for (CollectionResponse c : operations.collections()) {
                System.out.printf(
                        "%-24s %9d records  %4d dimensions  %-9s  %s%n",
                        c.name(),
                        c.records(),
                        c.dimension(),
                        c.metric(),
                        c.model() == null ? "own vectors" : c.model());
            }
            System.out.println(Terminal.faint("in " + operations.where()));
        }
        return 0;
    }
}
