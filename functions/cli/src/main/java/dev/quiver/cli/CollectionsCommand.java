package dev.quiver.cli;

import dev.quiver.functions.Quiver;
import dev.quiver.functions.operation.Messages.CollectionRequest;
import dev.quiver.functions.operation.Messages.CollectionResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "collections", description = "List the collections.", mixinStandardHelpOptions = true)
final class CollectionsCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        try (Quiver quiver = Main.open()) {
            for (String name : quiver.collections().list().collections()) {
                CollectionResponse c = quiver.collections().describe(new CollectionRequest(name));
                System.out.printf(
                        "%-24s %9d records  %4d dimensions  %-9s  %s%n",
                        c.name(),
                        c.records(),
                        c.dimension(),
                        c.metric(),
                        c.model() == null ? "own vectors" : c.model());
            }
            System.out.println(Terminal.faint("in " + quiver.database().store().description()));
        }
        return 0;
    }
}
